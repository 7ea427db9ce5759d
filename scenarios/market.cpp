// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/market.hpp"

#include <numeric>

namespace gbid {

bool Market::best_response(Index, std::span<double>) { return false; }

bool Market::deviation_start(Index, Index, std::span<double>) { return false; }

bool Market::deviation_neighbour(Index, Index, double, std::span<double>) { return false; }

void Market::ascent_direction(Index, std::span<double>) {}

double Market::squared_residual(Index, std::span<const double> gradient) {
  return std::inner_product(gradient.begin(), gradient.end(), gradient.begin(), 0.0);
}

}  // namespace gbid
