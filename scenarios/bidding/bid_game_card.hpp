// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "agents/cohort.hpp"
#include "engine/device/device.hpp"
#include "engine/random/stream.hpp"
#include "scenarios/bidding/bid_game.hpp"

namespace gbid {

/// The games and tables of many trials on a device, which plays many steps in one go. What a trial's
/// own game and cohort say is handed to the device before it plays and back when that is looked at.
class BidGameCard {
 public:
  virtual ~BidGameCard() = default;
  /// Plays `steps` steps from `step` on in the trials that move.
  /// @param failed per trial: the device met a number that is not finite, or shares or a walk that
  /// are undefined; that trial's state is then still that of `step`.
  virtual void play(Index step, Index steps, std::span<const std::uint8_t> moves,
                    std::span<std::uint8_t> failed) = 0;
  /// A trial's state to its own game and cohort. Safe to call for different trials at once.
  virtual void give(Index trial) = 0;
  /// And from there.
  virtual void take(Index trial) = 0;
};

/// What a structure needs to know to bring games on a device.
struct CardPlay {
  const RegimePlan& plan;  ///< all agents one group of tables
  Device device;
  StreamKey key;  ///< of the movers of the first trial; the others follow
  std::vector<BidGame*> games;
  std::vector<Cohort<double>*> cohorts;  ///< one a trial, as the games
};

}  // namespace gbid
