// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agents/lane_tables.hpp"
#include "scenarios/bidding/bid_game_lanes.hpp"
#include "scenarios/bidding/bid_market.hpp"

namespace gbid {

/// A block of trials whose games and tables are computed side by side. Records, ends and
/// certificates are those of each trial's own BidMarket, which has the state whenever that is looked
/// at.
class BidBlock final : public Market {
 public:
  /// @param markets of one regime, all of whose agents are one group of tables that learns by
  /// gradients.
  /// @param lanes their games, in that order.
  BidBlock(std::vector<std::unique_ptr<BidMarket>> markets, std::unique_ptr<BidGameLanes> lanes);

  Index trials() const override { return static_cast<Index>(markets_.size()); }
  Index agents() const override { return markets_.front()->agents(); }
  State& state(Index trial) override;
  std::span<const std::string> failures() const override { return failures_; }

  void observe(Index step, BlockMovers movers) override;
  void bid(BlockMovers) override {}  // tables are bids
  void clear(BlockMovers movers) override;
  void differentiate(BlockMovers movers) override;
  void learn(BlockMovers movers, int phase) override;
  void refine(Index trial) override;
  void derive(Index trial, Index step, Recorded when) override;
  void restore(Index trial, Index step) override;
  void reset_learners(Index trial) override;
  std::optional<bool> is_at_rest(Index trial) const override {
    return markets_[at(trial)]->is_at_rest();
  }

 private:
  static std::size_t at(Index k) { return static_cast<std::size_t>(k); }
  /// Calls act(trial, market, movers) of every trial that moves, where what is recorded needs every step.
  template <class Act>
  void follow(BlockMovers movers, const Act& act);
  template <class Act>
  void try_act(std::size_t trial, const Act& act);
  /// Lets the trial's own market have the state.
  BidMarket& own(Index trial);

  std::vector<std::unique_ptr<BidMarket>> markets_;
  std::unique_ptr<BidGameLanes> lanes_;
  LaneTables tables_;
  WideBuffer gradients_;               // (mover x bid)
  bool follows_;                       // whether what is recorded needs every step
  std::vector<std::string> failures_;  // per trial
  std::vector<bool> is_given_;         // per trial: its own market has the state
};

}  // namespace gbid
