// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "scenarios/bidding/bid_game.hpp"
#include "scenarios/classical/game.hpp"
#include "scenarios/structure/recordables.hpp"

namespace gbid::classical {

/// Arrays that take work to measure.
inline constexpr const char *kDistanceArray = "distance_to_equilibrium",
                            *kPseudoGradientArray = "pseudo_gradient";

/// A classical game as a market: an agent's raw bid is one number, its strategy. `clear` cuts the
/// raw bids of the movers to their bounds, which makes a table's gradient steps projected ones; a
/// network's strategy is its output, cut.
///
/// Totals are kept by blocks of agents and folded in order: when few move, only their blocks are
/// added up again, and the numbers are the same as if all had been.
/// Observations are one number each: prices the mean strategy, rankings the agent's share in the
/// sum of all |strategies|, own_payoff its payoff.
class ClassicalGame final : public BidGame {
 public:
  ClassicalGame(std::shared_ptr<const Game> game, GameUse use);

  static const std::vector<ArrayRow<ClassicalGame>>& arrays();
  static Recordables recordables();

  Index agents() const override { return n_; }
  Index bids_per_agent() const override { return 1; }
  Index observation_size(Observation) const override { return 1; }
  void observe(Index agent, Observation channel, std::span<double> out) const override;
  PaddedMatrix& raw_bids() override { return raw_; }
  void clear(const Movers& moved) override;
  void differentiate(const Aim& aim, const Movers& movers, PaddedMatrix& gradient) override;

  double bid_scale(Index agent) const override { return game_->scale(agent); }
  double own_payoff(Index agent) override;
  bool best_response(Index agent, std::span<double> raw) override;
  double squared_residual(Index agent, std::span<const double> gradient) override;
  double welfare() const override { return welfare_; }
  void declare(State& state) override;
  void derive(Recorded when) override;
  void restore() override;

  const Game& game() const { return *game_; }

 private:
  Profile profile() const { return {x_.data(), totals_}; }
  void add_up(Index block);
  void fold();
  double distance_to_equilibrium() const;
  double residual();
  double* copy_known(const std::vector<double>& known, double* out) const;

  std::shared_ptr<const Game> game_;
  GameUse use_;
  Index n_;
  PaddedMatrix raw_;
  std::vector<double> x_;
  std::vector<Totals> partials_;             // a block
  std::vector<std::array<double, 2>> sums_;  // a block: of x and of |x|
  Totals totals_{};
  double sum_ = 0.0, modulus_ = 0.0, welfare_ = 0.0;
  bool has_cleared_ = false;
  std::vector<Index> everyone_;      // where the residual is recorded
  std::vector<double> slopes_;       // the same
  std::vector<double> equilibrium_;  // empty where none is known
  std::vector<double> payoffs_;
  double distance_ = 0.0, residual_ = 0.0;
};

}  // namespace gbid::classical
