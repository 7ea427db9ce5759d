// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "engine/core/error.hpp"
#include "scenarios/play/play_in_memory.hpp"
#include "scenarios/routing/bounds.hpp"
#include "scenarios/routing/network.hpp"
#include "scenarios/routing/structure.hpp"

using namespace gbid;
using namespace gbid::routing;

namespace {

constexpr const char* kTown =
    "{ kind = \"grid\", rows = 4, columns = 4, origins = 5, destinations = 4, congestion = 1.5 }";

PlayedTrial after(Index steps, const char* regime) {
  return play_in_memory(
      scenario_from_text(fmt::format("steps = {}\n[market]\nstructure = \"selfish_routing\"\n"
                                     "network = {}\ngap = 1e-15\n[learning]\nuntil = \"settled\"\n"
                                     "[regimes.competitive]\n[regimes.coordinated]\n"
                                     "objective = \"mean_payoff\"\n[record]\nevery = 1\n",
                                     steps, kTown)),
      regime, 0);
}

std::vector<double> flows(const PlayedTrial& played, const RoadNetwork& network) {
  const std::vector<double> given = played.last("link_flow");
  std::vector<double> flow(given.size());
  for (std::size_t k = 0; k < given.size(); ++k)
    flow[static_cast<std::size_t>(network.given(static_cast<Index>(k)))] = given[k];
  return flow;
}

}  // namespace

TEST_CASE("routing bounds: the true totals lie within them at every step of the way") {
  const RoadNetwork network = make_network(
      GridNetwork{.rows = 4, .columns = 4, .origins = 5, .destinations = 4, .congestion = 1.5},
      1.0);
  const Latencies& latencies = network.latencies();
  const double equilibrium = after(400, "competitive").scalar("total_travel_time"),
               optimum = after(400, "coordinated").scalar("total_travel_time");
  REQUIRE(equilibrium > 1.0001 * optimum);
  double before = std::numeric_limits<double>::infinity();
  for (const Index steps : {0, 1, 2, 3, 5, 8, 30}) {
    CAPTURE(steps);
    const PlayedTrial selfish = after(steps, "competitive"), planned = after(steps, "coordinated");
    const Bounds anarchy =
        equilibrium_total(latencies, flows(selfish, network),
                          selfish.scalar("average_excess_cost") * network.trips());
    const Bounds best = optimal_total(latencies, flows(planned, network),
                                      planned.scalar("average_excess_cost") * network.trips());
    // The reference itself is converged to a share of 1e-9.
    CHECK(anarchy.low <= equilibrium * (1.0 + 1e-9));
    CHECK(anarchy.high >= equilibrium * (1.0 - 1e-9));
    CHECK(best.low <= optimum * (1.0 + 1e-9));
    CHECK(best.high >= optimum * (1.0 - 1e-9));
    const Bounds price = price_of_anarchy(anarchy, best, price_of_anarchy_bound(4.0));
    CHECK(price.low <= equilibrium / optimum * (1.0 + 1e-9));
    CHECK(price.high >= equilibrium / optimum * (1.0 - 1e-9));
    CHECK(price.low >= 1.0);
    CHECK(price.high - price.low <= before);
    before = price.high - price.low;
  }
  CHECK(before < 1e-4);  // they close
}

TEST_CASE("routing bounds: costs that do not rise leave no doubt") {
  Latencies constant;
  constant.add(affine(0.0, 2.0));
  const std::vector<double> flow{3.0};
  const Bounds total = equilibrium_total(constant, flow, 0.0);
  CHECK(total.low == 6.0);
  CHECK(total.high == 6.0);
}

TEST_CASE("routing bounds: an equilibrium better than the optimum is an internal error") {
  CHECK_THROWS_WITH_AS((void)price_of_anarchy(Bounds{0.8, 0.9}, Bounds{1.0, 1.1}, 4.0 / 3.0),
                       doctest::Contains("internal error"), Error);
  CHECK_THROWS_AS((void)price_of_anarchy(Bounds{2.0, 2.1}, Bounds{1.0, 1.1}, 4.0 / 3.0), Error);
  const Bounds price = price_of_anarchy(Bounds{0.9, 9.0}, Bounds{0.0, 1.0}, 4.0 / 3.0);
  CHECK(price.low == 1.0);
  CHECK(price.high == 4.0 / 3.0);
}
