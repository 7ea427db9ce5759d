// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/loading/registry.hpp"

#include <algorithm>

#include "scenarios/auctions/learning/records.hpp"
#include "scenarios/bid_matrix/bid_matrix_game.hpp"
#include "scenarios/bidding/path_meter.hpp"
#include "scenarios/classical/classical_game.hpp"
#include "scenarios/equilibrium/certificate.hpp"
#include "scenarios/layered_flow/records.hpp"
#include "scenarios/mixture_of_experts/records.hpp"
#include "scenarios/routing/market.hpp"

namespace gbid {
namespace {

ScenarioConfig bid_matrix_example() {
  ScenarioConfig scenario;
  scenario.title = "A bidding market";
  scenario.trials = 20;
  bid_matrix::MarketConfig market;
  market.payoff = {{"utility", {1.0}}, {"emission", {1.0}}, {"divergence", {-0.5}}};
  scenario.market = market;
  scenario.agents = AgentsConfig{};
  RegimeConfig coordinated, competitive;
  coordinated.objective = Objective::kMeanPayoff;
  competitive.schedule = OneRandom{};
  scenario.regimes = {{"coordinated", coordinated}, {"competitive", competitive}};
  return scenario;
}

/// Regimes that share a market: everybody for itself, and all together.
std::vector<std::pair<std::string, RegimeConfig>> both_regimes() {
  RegimeConfig coordinated, competitive;
  coordinated.objective = Objective::kMeanPayoff;
  return {{"competitive", competitive}, {"coordinated", coordinated}};
}

ScenarioConfig mixture_of_experts_example() {
  ScenarioConfig scenario;
  scenario.title = "A market of experts";
  scenario.market = mixture_of_experts::MarketConfig{};
  scenario.learning.learner = Adam{.rate = 0.001};
  scenario.regimes = both_regimes();
  scenario.record.every = 50;
  return scenario;
}

ScenarioConfig layered_flow_example() {
  ScenarioConfig scenario;
  scenario.title = "Neurons that bid on their inputs";
  scenario.market = layered_flow::MarketConfig{};
  scenario.learning.learner = Adam{.rate = 0.001};
  RegimeConfig coordinated;
  coordinated.objective = Objective::kMeanPayoff;
  scenario.regimes = {{"coordinated", coordinated}};
  scenario.record.every = 50;
  return scenario;
}

ScenarioConfig auction_example() {
  ScenarioConfig scenario;
  scenario.title = "A first-price auction";
  scenario.steps = 1500;
  scenario.market = auctions::MarketConfig{};
  scenario.learning.learner = Adam{.rate = 0.01, .beta1 = 0.5, .beta2 = 0.99};
  scenario.regimes = both_regimes();
  scenario.record.every = 100;
  return scenario;
}

ScenarioConfig selfish_routing_example() {
  ScenarioConfig scenario;
  scenario.title = "Braess's paradox";
  scenario.market = routing::MarketConfig{};
  scenario.steps = 20;
  scenario.regimes = both_regimes();
  scenario.record.every = 1;
  return scenario;
}

/// A classical game: the planner's slopes are those of a mean, and so much smaller.
ScenarioConfig classical_example(const std::string& title, MarketConfig market, double rate,
                                 double planner_rate) {
  ScenarioConfig scenario;
  scenario.title = title;
  scenario.market = std::move(market);
  scenario.agents = AgentsConfig{};
  scenario.learning.learner = Sgd{.rate = rate};
  scenario.regimes = both_regimes();
  scenario.regimes[1].second.learner = Sgd{.rate = planner_rate};
  scenario.record.every = 50;
  return scenario;
}

/// An example says what it records, so that its reader sees it.
std::vector<StructureEntry> with_defaults(std::vector<StructureEntry> entries) {
  for (StructureEntry& entry : entries) {
    if (entry.has_bidding_agents) {
      entry.recordables.add(specs_of(PathMeter::arrays()),
                            {{kCycling,
                              "whether the bids go round in circles, over the last third to three "
                              "fifths of the steps"}});
      entry.recordables.add(
          specs_of(certificate_rows()),
          {{kCertificate, "what every agent could still gain; see [certificate]"}});
    }
    entry.example.record.trajectory = entry.recordables.default_trajectory;
    entry.example.record.final = entry.recordables.default_final;
  }
  return entries;
}

}  // namespace

const std::vector<StructureEntry>& structures() {
  static const std::vector<StructureEntry> entries = with_defaults({
      {"bid_matrix", bid_matrix::BidMatrixGame::recordables(), true, bid_matrix_example()},
      {"mixture_of_experts", mixture_of_experts::recordables(), false,
       mixture_of_experts_example()},
      {"layered_flow", layered_flow::recordables(), false, layered_flow_example()},
      {"proportional_share", classical::ClassicalGame::recordables(), true,
       classical_example("Proportional shares of a resource",
                         classical::ProportionalShare{.slopes = RandomBetween{0.5, 2.0}}, 0.05,
                         2.0)},
      {"tullock", classical::ClassicalGame::recordables(), true,
       classical_example("A contest for a prize", classical::Tullock{}, 0.05, 0.25)},
      {"cournot", classical::ClassicalGame::recordables(), true,
       classical_example("Firms that choose quantities", classical::Cournot{}, 0.25, 0.5)},
      {"bertrand", classical::ClassicalGame::recordables(), true,
       classical_example("Firms that choose prices", classical::Bertrand{}, 0.25, 0.5)},
      {"common_pool", classical::ClassicalGame::recordables(), true,
       classical_example("Use of a common pool", classical::CommonPool{}, 0.15, 0.5)},
      {"linear_quadratic", classical::ClassicalGame::recordables(), true,
       classical_example("Efforts that hinder each other", classical::LinearQuadratic{}, 0.5, 1.0)},
      {"bilinear", classical::ClassicalGame::recordables(), true,
       classical_example("Matching pennies", classical::Bilinear{}, 0.1, 0.1)},
      {"selfish_routing", routing::recordables(), false, selfish_routing_example()},
      {"auction", auctions::recordables(), false, auction_example()},
  });
  return entries;
}

std::vector<std::string> default_final(const MarketConfig& market) {
  std::vector<std::string> names = structure_of(market).recordables.default_final;
  const auto* bids = std::get_if<bid_matrix::MarketConfig>(&market);
  if (bids && !std::holds_alternative<graph::Complete>(bids->graph)) names.emplace_back("graph");
  return names;
}

}  // namespace gbid
