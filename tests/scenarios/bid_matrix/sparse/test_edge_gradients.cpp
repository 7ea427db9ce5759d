// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Gradients of the bid-matrix market on edges against central differences of its own payoffs.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "engine/core/error.hpp"
#include "scenarios/bid_matrix/sparse/edge_market.hpp"
#include "scenarios/bid_matrix/sparse/edge_structure.hpp"
#include "tests/play_step.hpp"
#include "tests/scenarios/bid_matrix/sparse/edge_scenario.hpp"

using namespace gbid;
using namespace gbid::test;

namespace {

/// Every agent's objective in the state of the raw bids as they are.
std::vector<double> objectives_of(bid_matrix::sparse::EdgeMarket& market, const Movers& all,
                                  Objective objective) {
  market.clear(all);
  const bool is_own = objective == Objective::kOwnPayoff;
  const char* const name = is_own                                ? "payoff"
                           : objective == Objective::kMeanPayoff ? "welfare"
                                                                 : "mean_utility";
  const std::vector<double> values = record_of(market, 0, {name}, Recorded::kTrajectory);
  return is_own ? values
                : std::vector<double>(static_cast<std::size_t>(market.agents()), values.front());
}

void check_gradients(const std::vector<std::string>& more, const char* name, Objective objective) {
  for (const std::string& set : more) CAPTURE(set);
  CAPTURE(name);
  std::vector<std::string> sets{"market.agents=12", "market.graph.links=4",
                                "regimes.play.objective=\"" + std::string(name) + "\""};
  sets.insert(sets.end(), more.begin(), more.end());
  const Scenario scenario = edge_scenario(kExactEdges, sets);
  const auto made = scenario.structure().trial_market(0, scenario.plan(0), 0);
  auto& market = dynamic_cast<bid_matrix::sparse::EdgeMarket&>(*made);
  std::vector<Index> everyone(12);
  std::iota(everyone.begin(), everyone.end(), Index{0});
  const Movers all{everyone, true};
  market.clear(all);
  market.differentiate(all);
  const Index edges = market.graph().edges();
  const double* const climbed = std::as_const(market).gradient().data();
  const std::vector<double> gradient(climbed, climbed + edges);
  constexpr double kStep = 1e-5;
  double largest = 0.0, off = 0.0;
  for (Index i = 0; i < 12; ++i)
    for (Index e = market.graph().begin(i); e < market.graph().end(i); ++e) {
      double& raw = market.raw_bids()[e];
      const double before = raw;
      const auto at = [&](double value) {
        raw = value;
        return objectives_of(market, all, objective)[static_cast<std::size_t>(i)];
      };
      const double up = at(before + kStep), down = at(before - kStep);
      raw = before;
      const double expected = (up - down) / (2.0 * kStep),
                   found = gradient[static_cast<std::size_t>(e)];
      largest = std::max(largest, std::fabs(expected));
      off = std::max(off, std::fabs(found - expected));
    }
  CHECK(largest > 1e-4);
  CHECK(off <= 1e-6 * largest);  // a third of the ten digits that walks have is lost to the step
}

}  // namespace

TEST_CASE("edges: gradients equal central differences of what is climbed") {
  const std::vector<std::string> weighted{
      "market.payoff={utility=1.0,ranking=5.0,weighted_ranking=3.0}"};
  const std::vector<std::string> minmax{"market.ranking.normalise=\"minmax\""};
  const std::vector<std::string> of_bids{"market.ranking.source=\"bids\""};
  const std::vector<std::string> emission{"market.payoff={emission=1.0,ranking=4.0}"};
  for (const auto& more : {std::vector<std::string>{}, weighted, minmax, of_bids}) {
    check_gradients(more, "own_payoff", Objective::kOwnPayoff);
    check_gradients(more, "mean_payoff", Objective::kMeanPayoff);
  }
  check_gradients(emission, "own_payoff", Objective::kOwnPayoff);
  check_gradients({}, "mean_utility", Objective::kMeanUtility);
}

TEST_CASE("edges: a term that they do not know is refused and not left out") {
  const config::Document document = config::Document::from_text("", "edges", ".");
  config::Diagnostics diagnostics;
  ArrayLoader loader(document, diagnostics);
  bid_matrix::MarketConfig config;
  config.agents = 20;
  config.graph = graph::RandomOut{.links = 3};
  config.utility.contribution = bid_matrix::RandomBids{};
  config.storage = bid_matrix::EdgeStorage{};
  config.payoff = {{"utility", {1.0}}, {"loyalty", {1.0}}};
  bid_matrix::sparse::make_edge_structure(config, Setup{}, loader);
  CHECK_THROWS_WITH_AS(loader.throw_if_any(), doctest::Contains("market.payoff.loyalty"),
                       ScenarioError);
}
