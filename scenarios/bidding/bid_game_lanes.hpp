// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>
#include <string>

#include "engine/schedule/lane_movers.hpp"
#include "scenarios/bidding/bid_game.hpp"

namespace gbid {

/// The games of up to eight trials, cleared and differentiated side by side, one in each lane of a
/// Wide: the same numbers, bit by bit, that each trial's own BidGame gives. What follows from the raw
/// bids lies here while trials are played, and is handed to a trial's game when that is looked at. A
/// trial that has no movers, or a failure, is left alone; its numbers have no meaning until it is
/// taken again.
class BidGameLanes {
 public:
  virtual ~BidGameLanes() = default;
  /// @param raw (agent x bid) where raw bids are read from, from now on.
  virtual void read(const WideInMemory* raw) = 0;
  /// As BidGame::clear. @param failures per trial, why it failed; empty where it did not.
  virtual void clear(BlockMovers moved, std::span<std::string> failures) = 0;
  /// As BidGame::differentiate, of the same objective. @param gradients (mover x bid).
  virtual void differentiate(const Aim& aim, BlockMovers movers, WideInMemory* gradients,
                             std::span<std::string> failures) = 0;
  /// The state last cleared, raw bids included, to the trial's game.
  virtual void give(Index trial) = 0;
  /// The state of the trial's game, from it.
  virtual void take(Index trial) = 0;
};

}  // namespace gbid
