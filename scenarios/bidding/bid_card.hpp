// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/bidding/bid_game_card.hpp"
#include "scenarios/bidding/bid_market_block.hpp"

namespace gbid {

/// A block of trials whose steps a device plays, all up to the next record in one go. Records, ends,
/// checkpoints and certificates are those of each trial's own BidMarket, which has the state whenever
/// that is looked at; the acts are its own, too, on the CPU.
///
/// A trial that fails on the device is played again from the last record by its own market, step by
/// step, which says when and why.
class BidCard final : public BidMarketBlock {
 public:
  /// @param markets of one regime, all of whose agents are one group of tables. @param card their
  /// games, in that order. @param movers key of the first trial's movers.
  BidCard(std::vector<std::unique_ptr<BidMarket>> markets, std::unique_ptr<BidGameCard> card,
          const StreamKey& movers);

  std::optional<Index> failed_at(Index trial) const override { return failed_at_[at(trial)]; }

  void observe(Index step, BlockMovers movers) override;
  void bid(BlockMovers movers) override;
  void clear(BlockMovers movers) override;
  void differentiate(BlockMovers movers) override;
  void learn(BlockMovers movers, int phase) override;
  bool advance(Index step, Index steps, std::span<const std::uint8_t> moves) override;
  void restore(Index trial, Index step) override;

 private:
  BidMarket& seen(Index trial) override;
  BidMarket& own(Index trial) override;
  enum class Place : std::uint8_t { kHost, kBoth, kDevice };  // which has the trial's state

  /// Calls act(market, movers) of every trial that moves.
  template <class Act>
  void act(BlockMovers movers, const Act& act);
  /// Plays a trial by its own market, until it fails.
  void replay(Index trial, Index step, Index steps);

  std::unique_ptr<BidGameCard> card_;
  StreamKey movers_;
  std::vector<std::optional<Index>> failed_at_;  // per trial
  std::vector<Place> places_;                    // per trial
  std::vector<std::uint8_t> has_failed_;         // per trial, in the steps just played
};

}  // namespace gbid
