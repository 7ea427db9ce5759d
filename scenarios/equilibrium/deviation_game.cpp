// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/equilibrium/deviation_game.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "engine/core/error.hpp"

namespace gbid {

double DeviationGame::payoff_if(Index agent, std::span<const double> raw) {
  const auto row = raw_bids().row_span(agent);
  const std::vector<double> state(row.begin(), row.end());
  const auto put = [&](std::span<const double> bids) {
    std::copy(bids.begin(), bids.end(), row.begin());
    clear(Movers{{&agent, 1}, agents() == 1});
  };
  double payoff = std::numeric_limits<double>::quiet_NaN();
  try {
    put(raw);
    payoff = own_payoff(agent);
  } catch (const NumericError&) {
  }
  put(state);
  return payoff;
}

bool DeviationGame::best_response(Index, std::span<double>) { return false; }

bool DeviationGame::deviation_start(Index, Index, std::span<double>) { return false; }

bool DeviationGame::deviation_neighbour(Index, Index, double, std::span<double>) { return false; }

void DeviationGame::ascent_direction(Index, std::span<double>) {}

double DeviationGame::squared_residual(Index, std::span<const double> gradient) {
  return std::inner_product(gradient.begin(), gradient.end(), gradient.begin(), 0.0);
}

}  // namespace gbid
