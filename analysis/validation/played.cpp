// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/validation/played.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gbid {
namespace {

double largest(const std::vector<double>& values) {
  return *std::max_element(values.begin(), values.end());
}

}  // namespace

PlayedPair play_pair(const std::string& toml) {
  const Scenario scenario = scenario_from_text(toml);
  return {play_in_memory(scenario, "competitive", 0), play_in_memory(scenario, "coordinated", 0)};
}

Measure recorded(std::vector<Check> scalars) {
  return [scalars = std::move(scalars)](const PlayedTrial& played) {
    std::vector<Check> checks = scalars;
    for (Check& check : checks) {
      check.computed = played.scalar(check.quantity);
      std::replace(check.quantity.begin(), check.quantity.end(), '_', ' ');
    }
    return checks;
  };
}

double learned_loss(const std::string& market, double least_utility, Index steps,
                    std::uint64_t seed) {
  const PlayedTrial played = play_in_memory(scenario_from_text(fmt::format(R"(
seed = {0}
steps = {1}
[market]
structure = "auction"
{2}
[regimes.competitive]
objective = "own_payoff"
[record]
every = {1}
trajectory = ["utility", "utility_loss"]
final = []
)",
                                                                           seed, steps, market)),
                                            "competitive", 0);
  const std::vector<double> utility = played.last("utility"), loss = played.last("utility_loss");
  double most = 0.0;
  for (std::size_t i = 0; i < loss.size(); ++i)
    most = std::max(most, loss[i] / std::max(utility[i] + loss[i], least_utility));
  return most;
}

std::vector<Check> learn(const LearnedAuction& auction) {
  const Scenario scenario = scenario_from_text(fmt::format(
      R"(
seed = 1
steps = {}
[market]
structure = "auction"
{}
{}
[regimes.competitive]
objective = "own_payoff"
[record]
every = {}
)",
      auction.steps, auction.market,
      auction.rate > 0.0
          ? fmt::format(
                "[learning]\nlearner = {{ kind = \"adam\", rate = {}, beta1 = 0.5, beta2 = 0.99 }}",
                auction.rate)
          : "",
      auction.steps));
  const PlayedTrial played = play_in_memory(scenario, "competitive", 0);
  std::vector<Check> checks = {
      {"bids, L2", largest(played.last("l2_distance")), 0.0, auction.distance},
      {"relative utility loss", largest(played.last("relative_utility_loss")), 0.0,
       auction.relative_loss}};
  if (auction.more)
    for (Check& check : auction.more(played)) checks.push_back(std::move(check));
  return checks;
}

std::vector<ValidationCase> learned_cases(const std::string& family,
                                          const std::vector<LearnedAuction>& auctions) {
  std::vector<ValidationCase> cases;
  for (const LearnedAuction& auction : auctions)
    cases.push_back({family, auction.game, auction.source, [auction] { return learn(auction); }});
  return cases;
}

}  // namespace gbid
