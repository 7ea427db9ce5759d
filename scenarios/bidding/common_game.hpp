// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <vector>

#include "scenarios/bidding/bid_game.hpp"

namespace gbid {

/// A game in which all agents want the same: `own_payoff` is the mean payoff of some of them.
class CommonGame final : public DeviationGame {
 public:
  /// @param members whose payoffs count; empty: those of all. With kMeanPayoff those of all.
  CommonGame(std::unique_ptr<BidGame> game, Objective objective, std::vector<Index> members);

  Index agents() const override { return game_->agents(); }
  Index bids_per_agent() const override { return game_->bids_per_agent(); }
  double bid_scale(Index agent) const override { return game_->bid_scale(agent); }
  PaddedMatrix& raw_bids() override { return game_->raw_bids(); }
  void clear(const Movers& moved) override { game_->clear(moved); }
  void own_gradient(const Movers& alone, PaddedMatrix& gradient) override;
  double own_payoff(Index agent) override;
  std::vector<Index> share_choices(Index agent) override { return game_->share_choices(agent); }
  void shares(Index agent, std::span<double> out) override { game_->shares(agent, out); }
  void raw_of_shares(Index agent, std::span<const double> shares, std::span<double> raw) override {
    game_->raw_of_shares(agent, shares, raw);
  }
  void share_gradient(Index agent, std::span<double> gradient) override {
    game_->share_gradient(agent, gradient);
  }
  std::vector<double> share_corners(Index agent, Index choice) override {
    return game_->share_corners(agent, choice);
  }

 private:
  std::unique_ptr<BidGame> game_;
  Objective objective_;
  std::vector<Index> members_;
};

}  // namespace gbid
