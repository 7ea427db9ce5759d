// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <algorithm>
#include <cmath>

#include "analysis/validation/played.hpp"

namespace gbid {
namespace {

/// Emission is own visits times the bid on oneself: bids on oneself alone make it one, the highest
/// it can be, for any bids of the others.
std::vector<Check> emission() {
  const auto [competitive, coordinated] = play_pair(R"(
seed = 7
steps = 4000
certify = true
[market]
structure = "bid_matrix"
agents = 8
[market.payoff]
emission = 1.0
[learning]
learner = { kind = "adam", rate = 0.1 }
[regimes.competitive]
objective = "own_payoff"
[regimes.coordinated]
objective = "mean_payoff"
[record]
every = 1000
)");
  const double anarchy = competitive.scalar("welfare"), planned = coordinated.scalar("welfare");
  // Raw bids have come as far as the steps let them: the corner itself is infinitely far away.
  return {{"equilibrium welfare", anarchy, 1.0, 1e-4},
          {"price of anarchy", std::max(anarchy, planned) / anarchy, 1.0, 1e-4},
          {"largest gain", competitive.scalar("largest_gain"), 0.0, 1e-4}};
}

}  // namespace

std::vector<ValidationCase> market_cases() {
  return {{"markets", "bid matrix, emission alone, n = 8", "every agent keeps its bid", emission}};
}

}  // namespace gbid
