// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "engine/core/padded_matrix.hpp"
#include "engine/device/device.hpp"
#include "scenarios/bid_matrix/card/card_game.hpp"

namespace gbid::bid_matrix {

/// A device with the markets of a block of trials on it.
class CardBackend {
 public:
  virtual ~CardBackend() = default;
  /// The host's copy of a trial's state, see CardState.
  virtual double* row(Index trial) = 0;
  /// Trials [first, first + count) of the copy to the device.
  virtual void send(Index first, Index count) = 0;
  /// All trials from the device.
  virtual void fetch() = 0;
  /// Plays all trials that move; see CardStretch. @throws Error if the device fails.
  virtual void play(Index step, Index steps, std::span<const std::uint8_t> moves,
                    std::span<std::uint8_t> failed) = 0;
};

/// @param constants (trials x CardGame::constant_count). @param rates (CardGame::rate_count).
std::unique_ptr<CardBackend> card_of_loops(const CardGame& game, Index trials,
                                           std::span<const double> constants,
                                           std::span<const double> rates);
/// @throws Error (unavailable) where the program was built without CUDA or the card fails.
std::unique_ptr<CardBackend> card_of_cuda(int index, const CardGame& game, Index trials,
                                          std::span<const double> constants,
                                          std::span<const double> rates);

}  // namespace gbid::bid_matrix
