// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>
#include <string>

#include "engine/simulation/market.hpp"
#include "scenarios/bidding/bid_game.hpp"

namespace gbid {

/// The games of several trials, cleared and differentiated side by side: the same numbers, bit by
/// bit, that each trial's own BidGame gives. Raw bids are those of the games. What follows from
/// them lies here while trials are played, and is handed to a trial's game when that is looked at.
/// A trial that has no movers, or a failure, is left alone; its numbers have no meaning until it is
/// taken again.
class BidGameLanes {
 public:
  virtual ~BidGameLanes() = default;
  /// As BidGame::clear. @param failures per trial, why it failed; empty where it did not.
  virtual void clear(BlockMovers moved, std::span<std::string> failures) = 0;
  /// As BidGame::differentiate, of the same objective. @param gradients per trial.
  virtual void differentiate(const Aim& aim, BlockMovers movers,
                             std::span<PaddedMatrix* const> gradients,
                             std::span<std::string> failures) = 0;
  /// The state last cleared, to the trial's game.
  virtual void give(Index trial) = 0;
  /// The state of the trial's game, from it.
  virtual void take(Index trial) = 0;
};

}  // namespace gbid
