// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/bid_matrix/game.hpp"
#include "scenarios/bid_matrix/term.hpp"

namespace gbid::bid_matrix {

/// Linear utility of the signals bought: U_i = f_i sum_j C_ij M_ij, with f_i = 1, alpha_i or 1 -
/// alpha_i. Source: PriceOfAnarchy experiment, "Utility".
class LinearUtility final : public Term {
 public:
  LinearUtility(const Game& game, PerAgent scale) : game_(game), scale_(scale) {}
  double value(const Columns&, const Row&) const override;
  void add_partials(const Columns&, const Row&, double weight, const Partials&) const override;
  Range range(const Ranges&) const override;
  std::unique_ptr<LaneTerm> in_lanes(std::span<Term* const> lanes, Index agents) const override;
  bool on_card(CardTerm& out, std::span<double> weights,
               std::vector<double>& constants) const override;

 private:
  const Game& game_;
  PerAgent scale_;
};

/// Quadratic utility of the signals bought: U_i = f_i M_i' H_i M_i / 2; H_i need not be symmetric,
/// only its symmetric part counts. Source: POA, NASH, Divergence and Rank experiments, "Utility".
class QuadraticUtility final : public Term {
 public:
  QuadraticUtility(const Game& game, PerAgent scale) : game_(game), scale_(scale) {}
  double value(const Columns&, const Row&) const override;
  void add_partials(const Columns&, const Row&, double weight, const Partials&) const override;
  Range range(const Ranges&) const override;
  bool on_card(CardTerm& out, std::span<double> weights,
               std::vector<double>& constants) const override;

 private:
  const PaddedMatrix& hessian(Index agent) const;

  const Game& game_;
  PerAgent scale_;
};

}  // namespace gbid::bid_matrix
