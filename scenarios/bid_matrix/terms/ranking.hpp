// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <array>
#include <vector>

#include "scenarios/bid_matrix/game.hpp"
#include "scenarios/bid_matrix/term.hpp"

namespace gbid::bid_matrix {

/// Ranking of the agents by what the others put on them: c the column sums of the bids W or the
/// inter-ranking Q,
///   l1:      R_i = f_i c_i / sum_k |f_k c_k|
///   minmax:  y = f (c - min c) / (max c - min c),  R_i = y_i / sum_k |y_k|
///   softmax: R_i = e^(c_i) / sum_k e^(c_k), times f_i
/// plus `offset`. f_i is 1 for the ranking and 1 - alpha_i for the weighted ranking. The maximum
/// cancels from minmax; agents that share the minimum share its gradient evenly. NaN where the
/// normaliser is zero up to rounding: all columns equal to 1e-8 of their sum, under minmax. Source: POA, NASH, Divergence and Rank
/// experiments, "Ranking"; NASH, "Alpha ranking".
class Ranking final : public Term {
 public:
  Ranking(const RankingConfig& config, const Game& game, PerAgent weights);
  void prepare(const Columns&) override;
  double value(const Columns&, const Row&) const override;
  void add_partials(const Columns&, const Row&, double weight, const Partials&) const override;
  Range range(const Ranges&) const override;
  bool on_card(CardTerm& out, std::span<double> weights,
               std::vector<double>& constants) const override;
  /// R (n) as of the last `prepare`.
  const std::vector<double>& values() const { return ranking_; }

  /// dR_i / dc = own e_i + sum_s shares[s] shared_s, with `shared_count` vectors that are the same for
  /// all agents: |f| or the softmax, and under minmax which columns are at the minimum.
  struct Split {
    double own = 0.0;
    std::array<double, 2> shares{};
  };
  Index shared_count() const { return config_.normalise == Normalise::kMinmax ? 2 : 1; }
  /// As of the last `prepare`, with the same columns.
  Split split(Index agent) const;
  double shared(Index which, const Columns& columns, Index k) const;
  /// R_i / c_i under l1 where all factors are alike: the sum of all columns is the number of agents.
  double fixed_share() const;

 private:
  const double* sums(const Columns& columns) const {
    return config_.source == Source::kBids ? columns.bid_sums : columns.visit_sums;
  }

  RankingConfig config_;
  std::vector<double> factor_;   // f
  double magnitudes_ = 0.0;      // sum of |f|
  std::vector<double> ranking_;  // R, offset included
  std::vector<double> softmax_;  // e^(c_i) / sum e^(c_k), softmax only
  // What `prepare` leaves for the gradient of l1 and minmax.
  double slope_ = 0.0;  // one over the normaliser
  double minimum_ = 0.0;
  Index ties_ = 0;  // how many agents share the minimum
};

}  // namespace gbid::bid_matrix
