// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <cmath>
#include <numeric>

#include "engine/core/error.hpp"
#include "scenarios/equilibrium/certificate.hpp"
#include "scenarios/play/play_in_memory.hpp"
#include "scenarios/routing/structure.hpp"
#include "tests/allocation_counter.hpp"
#include "tests/conformance/small_scenario.hpp"
#include "tests/play_step.hpp"

using namespace gbid;
using namespace gbid::routing;

namespace {

/// 24 crossings, 76 streets, 24 x 22 pairs: the size of the smallest well-known road network.
routing::MarketConfig town() {
  routing::MarketConfig config;
  config.network = GridNetwork{.rows = 4, .columns = 6, .origins = 24, .destinations = 22};
  return config;
}

std::vector<Index> everyone(const RoadNetwork& network) {
  std::vector<Index> pairs(static_cast<std::size_t>(network.pair_count()));
  std::iota(pairs.begin(), pairs.end(), Index{0});
  return pairs;
}

RegimePlan plan_of(Objective objective) {
  RegimePlan plan;
  plan.group().objective = objective;
  return plan;
}

/// Plays so many steps and clears.
struct Played {
  Played(const std::shared_ptr<const Game>& game, Objective objective, Index steps)
      : market(game, plan_of(objective), {}) {
    const std::vector<Index> movers = everyone(*game->network);
    for (Index step = 0; step < steps; ++step) {
      market.clear({movers, true});
      market.learn({movers, true}, 0);
    }
    market.clear({movers, true});
  }
  RoutingMarket market;
};

std::string scenario(const std::string& market, const std::string& rest = "") {
  return "steps = 60\n[market]\nstructure = \"selfish_routing\"\n" + market +
         "\n[learning]\nuntil = \"settled\"\n[regimes.competitive]\n[regimes.coordinated]\n"
         "objective = \"mean_payoff\"\n[record]\nevery = 1\n" +
         rest;
}

const std::string kTown =
    "network = { kind = \"grid\", rows = 4, columns = 6, origins = 24, destinations = 22 }\n";

}  // namespace

TEST_CASE("routing: random starts are not the answer") {
  const Scenario game = scenario_from_text(
      scenario("start = \"random\"\nnetwork = { kind = \"pigou\", degree = 4 }"));
  for (const char* regime : {"competitive", "coordinated"})
    CHECK(play_in_memory(game, regime, 0).trajectory.at("relative_gap").front() > 0.01);
}

TEST_CASE("routing: the cheapest paths are those of Boost's Dijkstra") {
  const auto game = make_game(town());
  const RoadNetwork& network = *game->network;
  std::vector<double> cost;
  for (Index link = 0; link < network.link_count(); ++link)
    cost.push_back(game->travel().value(link, 0.1 * static_cast<double>(link % 7)));
  ShortestPaths search(network);
  for (Index origin = 0; origin < network.origin_count(); ++origin) {
    search.from(origin, cost);
    const auto first = static_cast<std::size_t>(network.first_pair(origin));
    std::vector<double> distance(static_cast<std::size_t>(network.nodes()));
    const auto index = get(boost::vertex_index, network.graph());
    boost::dijkstra_shortest_paths(
        network.graph(), static_cast<std::size_t>(network.pairs()[first].origin),
        boost::weight_map(boost::make_iterator_property_map(
                              cost.begin(), get(boost::edge_index, network.graph())))
            .distance_map(boost::make_iterator_property_map(distance.begin(), index)));
    for (Index k = network.first_pair(origin); k < network.first_pair(origin + 1); ++k) {
      const std::int32_t to = network.pairs()[static_cast<std::size_t>(k)].destination;
      CHECK(search.distance(to) == distance[static_cast<std::size_t>(to)]);
      std::vector<LinkId> path;
      search.append_path(to, path);
      double sum = 0.0;
      std::int32_t at = network.pairs()[first].origin;
      for (const LinkId link : path) {
        CHECK(network.tail(link) == at);
        at = network.head(link);
        sum += cost[static_cast<std::size_t>(link)];
      }
      CHECK(at == to);
      CHECK(sum == search.distance(to));
    }
  }
}

TEST_CASE("routing: at the end every path in use costs as little as any other") {
  const auto game = make_game(town());
  for (const Objective objective : {Objective::kOwnPayoff, Objective::kMeanPayoff}) {
    const Played played(game, objective, 60);
    const RoutingMarket& market = played.market;
    const Assignment& state = market.assignment();
    CHECK(state.relative_gap() <= 1e-12);
    Index several = 0;
    for (Index pair = 0; pair < game->network->pair_count(); ++pair) {
      const PathSet& paths = state.paths();
      double trips = 0.0;
      Index used = 0;
      for (Index path = paths.first(pair); path < paths.first(pair + 1); ++path) {
        trips += paths.flow(path);
        CHECK(paths.flow(path) >= 0.0);
        if (paths.flow(path) <= 1e-6) continue;  // what little is on others may still cost more
        double cost = 0.0;
        for (const LinkId link : paths.links(path))
          cost += state.cost()[static_cast<std::size_t>(link)];
        const double cheapest = state.cheapest()[static_cast<std::size_t>(pair)];
        // A gap of 1e-12 of all cost leaves a path with 1e-6 of 1e2 trips 1e-4 above at the most.
        CHECK(cost <= cheapest * (1.0 + 1e-6));
        ++used;
      }
      several += used > 1;
      CHECK(trips == doctest::Approx(game->network->pairs()[static_cast<std::size_t>(pair)].trips)
                         .epsilon(1e-12));
    }
    CHECK(several > 20);  // it is congestion that splits pairs
  }
}

TEST_CASE("routing: flows enter and leave crossings in equal numbers") {
  const auto game = make_game(town());
  const RoadNetwork& network = *game->network;
  const Played played(game, Objective::kOwnPayoff, 5);
  const RoutingMarket& market = played.market;
  std::vector<double> net(static_cast<std::size_t>(network.nodes()));
  for (LinkId link = 0; link < network.link_count(); ++link) {
    const double flow = market.assignment().flow()[static_cast<std::size_t>(link)];
    net[static_cast<std::size_t>(network.tail(link))] += flow;
    net[static_cast<std::size_t>(network.head(link))] -= flow;
  }
  for (const RoadNetwork::Pair& pair : network.pairs()) {
    net[static_cast<std::size_t>(pair.origin)] -= pair.trips;
    net[static_cast<std::size_t>(pair.destination)] += pair.trips;
  }
  for (const double left : net) CHECK(std::fabs(left) < 1e-12 * network.trips());
}

TEST_CASE("routing: the planner never costs more than the equilibrium, nor the bound less") {
  for (const double congestion : {0.2, 0.6, 1.0, 1.6}) {
    routing::MarketConfig config = town();
    std::get<GridNetwork>(config.network).congestion = congestion;
    const auto game = make_game(config);
    const double anarchy = Played(game, Objective::kOwnPayoff, 60).market.total_travel_time(),
                 planned = Played(game, Objective::kMeanPayoff, 60).market.total_travel_time();
    CHECK(anarchy >= planned * (1.0 - 1e-12));
    CHECK(anarchy <= planned * price_of_anarchy_bound(4.0));
    if (congestion > 0.5) CHECK(anarchy > planned * 1.0001);
  }
}

TEST_CASE("routing: results are the same bits for 1, 2 and 8 threads") {
  const Scenario game = scenario_from_text(
      scenario(kTown + "start = \"random\"",
               "trajectory = [\"payoff\", \"shortest_cost\", \"total_travel_time\", "
               "\"relative_gap\", \"beckmann\"]"));
  for (const char* regime : {"competitive", "coordinated"}) {
    std::vector<PlayedTrial> all;
    for (const int threads : {1, 2, 8}) {
      const tbb::global_control more(tbb::global_control::max_allowed_parallelism, 8);
      tbb::task_arena arena(threads);
      arena.execute([&] { all.push_back(play_in_memory(game, regime, 0)); });
    }
    for (std::size_t k = 1; k < all.size(); ++k) {
      CHECK(all[k].trajectory == all[0].trajectory);
      for (const auto& [name, values] : all[0].final)
        CHECK(test::is_same(all[k].final.at(name), values));
    }
  }
}

TEST_CASE("routing: a run settles when the gap is reached, and rests from then on") {
  const Scenario game = scenario_from_text(scenario(kTown + "gap = 1e-8"));
  const PlayedTrial trial = play_in_memory(game, "competitive", 0);
  CHECK(trial.result.end == RunResult::End::kSettled);
  CHECK(trial.scalar("relative_gap") <= 1e-8);
  const std::vector<double>& gaps = trial.trajectory.at("relative_gap");
  CHECK(std::all_of(gaps.begin(), gaps.end() - 1, [](double gap) { return gap > 1e-8; }));

  const auto rests = make_game(town());
  Played early(rests, Objective::kOwnPayoff, 50), late(rests, Objective::kOwnPayoff, 80);
  CHECK(early.market.total_travel_time() == late.market.total_travel_time());
  CHECK(test::updates_of(early.market) == test::updates_of(late.market));
}

TEST_CASE("routing: pairs that move one at a time end where all together do") {
  const std::string small =
      "network = { kind = \"grid\", rows = 3, columns = 3, origins = 3, destinations = 3 }\n";
  const PlayedTrial all = play_in_memory(scenario_from_text(scenario(small)), "competitive", 0);
  std::string text = scenario(small + "gap = 1e-10");
  text = "steps = 20000" + text.substr(text.find('\n'));
  const std::string regime = "[regimes.competitive]\n";
  text.insert(text.find(regime) + regime.size(), "schedule = \"one_random\"\n");
  const PlayedTrial one = play_in_memory(scenario_from_text(text), "competitive", 0);
  CHECK(one.result.end == RunResult::End::kSettled);
  CHECK(one.result.steps > all.result.steps);
  // The equilibrium's link flows are unique where links are congestible.
  CHECK(one.scalar("total_travel_time") ==
        doctest::Approx(all.scalar("total_travel_time")).epsilon(1e-7));
}

TEST_CASE("routing: nothing is set aside once no more paths come") {
  routing::MarketConfig config = town();
  config.gap = 0.0;  // never at rest
  const auto game = make_game(config);
  RoutingMarket market(game, plan_of(Objective::kOwnPayoff), {});
  const std::vector<Index> movers = everyone(*game->network);
  const auto step = [&] {
    market.clear({movers, true});
    market.learn({movers, true}, 0);
  };
  for (int k = 0; k < 30; ++k) step();
  REQUIRE(market.assignment().relative_gap() > 0.0);
  tbb::task_arena arena(1);
  arena.execute([&] {
    const std::int64_t before = test::allocation_count();
    for (int k = 0; k < 4; ++k) step();
    CHECK(test::allocation_count() == before);
  });
}

TEST_CASE(
    "routing: the certificate is zero at the equilibrium, and what a switch gains elsewhere") {
  // Pigou's optimum at d = 1: half on either link at costs 1 and 1/2; those on the first gain 1/2.
  const Scenario game = scenario_from_text(
      scenario("start = \"random\"\nnetwork = { kind = \"pigou\", degree = 1 }"));
  const PlayedTrial equilibrium = play_in_memory(game, "competitive", 0),
                    optimum = play_in_memory(game, "coordinated", 0);
  CHECK(equilibrium.scalar("nash_conv") <= 1e-12);
  CHECK(equilibrium.scalar("is_exact") == 1.0);
  CHECK(optimum.scalar("largest_gain") == doctest::Approx(0.25).epsilon(1e-9));
  // Costs 1/4 above and below their mean.
  CHECK(optimum.scalar("residual") == doctest::Approx(std::sqrt(2.0) / 4.0).epsilon(1e-9));
  CHECK(optimum.last("payoff")[0] == doctest::Approx(-0.75).epsilon(1e-9));
}

TEST_CASE("routing: what a scenario gets wrong is said with its place") {
  const auto fault = [](const std::string& network) -> std::string {
    try {
      (void)scenario_from_text(
          scenario("network = { kind = \"links\", nodes = 3, " + network + " }"), "x.toml");
      return "";
    } catch (const ScenarioError& error) {
      return error.what();
    }
  };
  CHECK(fault("links = [\"1 2: 0 1\"], demands = [\"1 2: 1\"]").empty());
  struct Bad {
    const char *network, *fault;
  };
  for (const Bad& bad : std::initializer_list<Bad>{
           {"links = [\"1 4: 0 1\"], demands = [\"1 2: 1\"]",
            "links[0]: expected a node from 1 to 3, got \"4\""},
           {"links = [\"1 2: 0 -1\"], demands = [\"1 2: 1\"]",
            "links[0]: expected a coefficient, a number of at least 0, got \"-1\""},
           {"links = [\"1 2 0 1\"], demands = [\"1 2: 1\"]", "links[0]: expected \":\", got \"0\""},
           {"links = [\"1 2: bpr 1 2 3\"], demands = [\"1 2: 1\"]",
            "links[0]: expected a power, a number of at least 0, got nothing"},
           {"links = [\"1 2: 0 1\"], demands = [\"1 2: 1 1\"]",
            "demands[0]: expected the end of the line, got \"1\""},
           {"links = [\"1 2: 0 1\"], demands = [\"1 2: 1\", \"2 3: 1\"]",
            "demands[1]: expected trips that have a path, got none from 2 to 3"},
           {"links = [\"1 2: 0 1\"], demands = [\"1 2: 0\"]",
            "expected trips between two nodes, got none"},
       }) {
    CAPTURE(bad.network);
    const std::string said = fault(bad.network);
    CAPTURE(said);
    CHECK(said.rfind("x.toml:", 0) == 0);
    CHECK(said.find("market.network") != std::string::npos);
    CHECK(said.find(bad.fault) != std::string::npos);
  }
  CHECK_THROWS_WITH_AS(
      (void)scenario_from_text("[market]\nstructure = \"selfish_routing\"\n[regimes.utility]\n"
                               "objective = \"mean_utility\"\n"),
      doctest::Contains("expected own_payoff or mean_payoff"), ScenarioError);
}
