// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/bid_matrix/term.hpp"

namespace gbid::bid_matrix {

/// Emission: what an agent keeps of its own standing, E_i = Q_ii W_ii.
/// Source: PriceOfAnarchy experiment, "Emission".
class Emission final : public Term {
 public:
  double value(const Columns&, const Row& row) const override {
    return row.visits[row.agent] * row.bids[row.agent];
  }
  void add_partials(const Columns&, const Row& row, double weight,
                    const Partials& partials) const override {
    partials.visits[row.agent] += weight * row.bids[row.agent];
    partials.bids[row.agent] += weight * row.visits[row.agent];
  }
  Range range(const Ranges& of) const override {
    return {of.visits.low[of.agent] * of.bids.low[of.agent],
            of.visits.high[of.agent] * of.bids.high[of.agent]};
  }
  std::unique_ptr<LaneTerm> in_lanes(std::span<Term* const> lanes, Index agents) const override;
  bool on_card(CardTerm& out, std::span<double> weights,
               std::vector<double>& constants) const override;
};

}  // namespace gbid::bid_matrix
