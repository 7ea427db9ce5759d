// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/validation/learned_auction.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gbid {
namespace {

double largest(const std::vector<double>& values) {
  return *std::max_element(values.begin(), values.end());
}

}  // namespace

PlayedTrial play(const LearnedAuction& auction) {
  const Scenario scenario = scenario_from_text(fmt::format(
      R"(
seed = 1
steps = {}
[market]
structure = "auction"
{}
[learning]
learner = {{ kind = "adam", rate = {}, beta1 = 0.5, beta2 = 0.99 }}
[regimes.competitive]
objective = "own_payoff"
[record]
every = {}
)",
      auction.steps, auction.market, auction.rate, auction.steps));
  return play_in_memory(scenario, "competitive", 0);
}

std::vector<Check> equilibrium_checks(const LearnedAuction& auction, const PlayedTrial& played) {
  return {{"bids, L2", largest(played.last("l2_distance")), 0.0, auction.distance},
          {"relative utility loss", largest(played.last("relative_utility_loss")), 0.0,
           auction.relative_loss}};
}

}  // namespace gbid
