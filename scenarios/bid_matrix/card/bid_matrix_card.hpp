// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "scenarios/bid_matrix/bid_matrix_game.hpp"
#include "scenarios/bid_matrix/card/card_backend.hpp"
#include "scenarios/bidding/bid_game_card.hpp"
#include "scenarios/structure/structure.hpp"

namespace gbid::bid_matrix {

/// The bid-matrix markets of a block of trials on a device, with their agents' tables: the same
/// formulas as BidMatrixGame in float64, equal to rounding. A trial's numbers do not depend on the
/// trials beside it, nor on where its steps are divided.
class BidMatrixCard final : public BidGameCard {
 public:
  /// What a device lacks to play such a game; empty: nothing. @param game of one of its trials.
  static std::string missing(const MarketConfig& config, const GameUse& use,
                             const BidMatrixGame& game);
  /// What `count` trials take on a card.
  static Structure::CardBytes bytes(const BidMatrixGame& game, const RegimePlan& plan, Index count);

  /// @param play games of which nothing is missing.
  explicit BidMatrixCard(const CardPlay& play);

  void play(Index step, Index steps, std::span<const std::uint8_t> moves,
            std::span<std::uint8_t> failed) override;
  void give(Index trial) override;
  void take(Index trial) override;

 private:
  static CardGame describe(const BidMatrixGame& game, const RegimePlan& plan);
  /// Describes the terms, and adds what they need to a trial's constants.
  static void add_terms(const BidMatrixGame& game, const RegimePlan& plan, CardGame& out,
                        std::vector<double>& constants);
  static std::vector<double> rates_of(const RegimePlan& plan);
  void fetch();

  std::vector<BidMatrixGame*> games_;
  std::vector<Cohort<double>*> cohorts_;
  CardGame game_;
  std::unique_ptr<CardBackend> backend_;
  std::mutex fetching_;
  bool is_fetched_ = true;              // the host's copy is that of the device
  std::vector<std::uint8_t> is_taken_;  // per trial: the host's copy is newer
};

}  // namespace gbid::bid_matrix
