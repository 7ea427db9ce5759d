// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/terms/emission.hpp"

#include "scenarios/bid_matrix/card/card_game.hpp"
#include "scenarios/bid_matrix/lanes/lane_term.hpp"

namespace gbid::bid_matrix {
namespace {

class EmissionLanes final : public LaneTerm {
 public:
  Wide value(const LaneColumns&, const LaneRow& row) override {
    return pick(row.visits, row.agents) * pick(row.bids, row.agents);
  }
  void add_partials(const LaneColumns&, const LaneRow& row, Wide weight,
                    const LanePartials& partials) override {
    const auto add = [&](WideInMemory* to, const WideInMemory* of) {
      put(to, row.agents, pick(to, row.agents) + weight * pick(of, row.agents));
    };
    add(partials.visits, row.bids);
    add(partials.bids, row.visits);
  }
};

}  // namespace

bool Emission::on_card(CardTerm& out, std::span<double>, std::vector<double>&) const {
  out.kind = CardTerm::kEmission;
  return true;
}

std::unique_ptr<LaneTerm> Emission::in_lanes(std::span<Term* const>, Index) const {
  return std::make_unique<EmissionLanes>();
}

}  // namespace gbid::bid_matrix
