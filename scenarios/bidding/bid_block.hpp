// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agents/lane_tables.hpp"
#include "scenarios/bidding/bid_game_lanes.hpp"
#include "scenarios/bidding/bid_market_block.hpp"

namespace gbid {

/// A block of trials whose games and tables are computed side by side in lanes.
class BidBlock final : public BidMarketBlock {
 public:
  /// @param markets of one regime, all of whose agents are one group of tables that learns by
  /// gradients.
  /// @param lanes their games, in that order.
  BidBlock(std::vector<std::unique_ptr<BidMarket>> markets, std::unique_ptr<BidGameLanes> lanes);

  void observe(Index step, BlockMovers movers) override;
  void bid(BlockMovers) override {}  // tables are bids
  void clear(BlockMovers movers) override;
  void differentiate(BlockMovers movers) override;
  void learn(BlockMovers movers, int phase) override;
  void restore(Index trial, Index step) override;
  void reset_learners(Index trial) override;

 private:
  BidMarket& seen(Index trial) override { return own(trial); }
  BidMarket& own(Index trial) override;
  /// Calls act(trial, market, movers) of every trial that moves, where what is recorded needs every step.
  template <class Act>
  void follow(BlockMovers movers, const Act& act);
  std::unique_ptr<BidGameLanes> lanes_;
  LaneTables tables_;
  WideBuffer gradients_;                // (mover x bid)
  bool follows_;                        // whether what is recorded needs every step
  std::vector<std::uint8_t> is_given_;  // per trial: its own market has the state
};

}  // namespace gbid
