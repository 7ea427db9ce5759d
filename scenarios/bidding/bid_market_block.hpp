// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/error.hpp"
#include "scenarios/bidding/bid_market.hpp"

namespace gbid {

/// A block of trials whose steps are computed together, in lanes or on a card. Records, ends,
/// checkpoints and certificates are those of each trial's own BidMarket, which has the state whenever
/// that is looked at.
class BidMarketBlock : public Market {
 public:
  Index trials() const override { return static_cast<Index>(markets_.size()); }
  Index agents() const override { return markets_.front()->agents(); }
  State& state(Index trial) override { return seen(trial).state(); }
  std::span<const std::string> failures() const override { return failures_; }

  void refine(Index trial) override {
    own(trial);
    try_act(at(trial), [](BidMarket& market) { market.refine(); });
  }
  void derive(Index trial, Index step, Recorded when) override {
    seen(trial);
    try_act(at(trial), [&](BidMarket& market) { market.derive(step, when); });
  }
  void reset_learners(Index trial) override { own(trial).reset_learners(); }
  std::optional<bool> is_at_rest(Index trial) const override {
    return markets_[at(trial)]->is_at_rest();
  }

 protected:
  /// @param markets of one regime, all of whose agents are one group of tables.
  explicit BidMarketBlock(std::vector<std::unique_ptr<BidMarket>> markets)
      : markets_(std::move(markets)), failures_(markets_.size()) {}

  static std::size_t at(Index k) { return static_cast<std::size_t>(k); }
  /// The trial's own market with the state, to be read; and to be changed.
  virtual BidMarket& seen(Index trial) = 0;
  virtual BidMarket& own(Index trial) = 0;
  /// Calls act(market); a failure is the trial's.
  template <class Act>
  void try_act(std::size_t trial, const Act& act) {
    try {
      act(*markets_[trial]);
    } catch (const NumericError& error) {
      failures_[trial] = error.what();
    }
  }

  std::vector<std::unique_ptr<BidMarket>> markets_;
  std::vector<std::string> failures_;  // per trial
};

}  // namespace gbid
