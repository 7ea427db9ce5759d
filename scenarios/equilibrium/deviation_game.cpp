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

std::vector<Index> DeviationGame::share_choices(Index) { return {}; }

void DeviationGame::shares(Index, std::span<double>) {}

void DeviationGame::raw_of_shares(Index, std::span<const double>, std::span<double>) {}

double DeviationGame::payoff_of_shares(Index agent, std::span<const double> shares) {
  std::vector<double> raw(static_cast<std::size_t>(bids_per_agent()));
  raw_of_shares(agent, shares, raw);
  return payoff_if(agent, raw);
}

void DeviationGame::share_gradient(Index, std::span<double>) {}

std::vector<double> DeviationGame::share_corners(Index, Index) { return {}; }

double DeviationGame::payoff_bound(Index, const PaddedMatrix&) {
  return std::numeric_limits<double>::infinity();
}

double DeviationGame::squared_residual(Index, std::span<const double> gradient) {
  return std::inner_product(gradient.begin(), gradient.end(), gradient.begin(), 0.0);
}

}  // namespace gbid
