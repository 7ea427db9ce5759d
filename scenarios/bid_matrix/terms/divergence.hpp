// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/bid_matrix/config.hpp"
#include "scenarios/bid_matrix/term.hpp"

namespace gbid::bid_matrix {

/// Divergence of an agent's row from the crowd's mean row, as a cross-entropy (natural logarithm,
/// no epsilon):
///   D_i = - sum_j xbar_j log X_ij,   xbar the column mean of X,
/// where X is the bids W or the inter-ranking Q; in the softmax form, D_i is the softmax over
/// agents of that. Undefined (NaN) where an entry of X is exactly zero in a column that is zero
/// throughout, and infinite (in the softmax form NaN) where it is zero in any other: the bids of a
/// graph that is not complete, and the inter-ranking of one that is not strongly connected. As part
/// of the payoff both are refused when the scenario is loaded. Source: PriceOfAnarchy
/// ("Divergence"), POA, NASH, Divergence and Rank experiments.
class Divergence final : public Term {
 public:
  explicit Divergence(const DivergenceConfig& config) : config_(config) {}
  double value(const Columns&, const Row&) const override;
  void add_partials(const Columns&, const Row&, double weight, const Partials&) const override;
  Range range(const Ranges&) const override;
  std::unique_ptr<LaneTerm> in_lanes(std::span<Term* const> lanes, Index agents) const override;
  bool on_card(CardTerm& out, std::span<double> weights,
               std::vector<double>& constants) const override;

 private:
  DivergenceConfig config_;
};

}  // namespace gbid::bid_matrix
