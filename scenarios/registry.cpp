// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/registry.hpp"

#include "scenarios/bid_matrix/bid_matrix_market.hpp"
#include "scenarios/bid_matrix/schema.hpp"

namespace gbid {
namespace {

template <class E>
std::vector<config::KeyInfo> entries_of(const std::vector<config::Choice<E>>& choices) {
  std::vector<config::KeyInfo> entries;
  for (const auto& choice : choices) {
    config::KeyInfo entry;
    entry.key = choice.name;
    entry.help = choice.help;
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<config::KeyInfo> entries_of(const std::vector<Variable>& variables) {
  std::vector<config::KeyInfo> entries;
  for (const Variable& variable : variables) {
    std::string dimensions;
    for (const std::string& name : variable.dimensions)
      dimensions += (dimensions.empty() ? "" : " x ") + name;
    config::KeyInfo entry;
    entry.key = variable.name;
    entry.help = variable.long_name + (dimensions.empty() ? "" : " (" + dimensions + ")");
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace

std::vector<Registered> registry() {
  using bid_matrix::BidMatrixMarket;
  auto trajectory = BidMatrixMarket::trajectory_variables();
  trajectory.push_back(updates_variable());
  return {
      {"markets", "market.structure", market_kinds().describe()},
      {"terms", "market.payoff", entries_of(bid_matrix::term_choices())},
      {"squashes", "market.bids.squash", entries_of(bid_matrix::squash_choices())},
      {"masks", "market.bids.mask", entries_of(bid_matrix::mask_choices())},
      {"topologies", "market.graph", bid_matrix::graph_kinds().describe()},
      {"networks", "agents.network", network_kinds().describe()},
      {"observations", "agents.network.observe", entries_of(observation_choices())},
      {"learners", "learning.learner", learner_kinds().describe()},
      {"objectives", "regimes.NAME.objective", entries_of(objective_choices())},
      {"schedules", "regimes.NAME.schedule", schedule_kinds().describe()},
      {"trajectories", "record.trajectory", entries_of(trajectory)},
      {"finals", "record.final", entries_of(BidMatrixMarket::final_variables())},
  };
}

std::optional<ScenarioConfig> example_scenario(const std::string& structure) {
  if (structure != "bid_matrix") return std::nullopt;
  ScenarioConfig scenario;
  scenario.title = "A bidding market";
  scenario.trials = 20;
  bid_matrix::MarketConfig market;
  market.payoff = {{"utility", {1.0}}, {"emission", {1.0}}, {"divergence", {-0.5}}};
  scenario.market = market;
  RegimeConfig coordinated, competitive;
  coordinated.objective = Objective::kMeanPayoff;
  competitive.schedule = OneRandom{};
  scenario.regimes = {{"coordinated", coordinated}, {"competitive", competitive}};
  return scenario;
}

}  // namespace gbid
