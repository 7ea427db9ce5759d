// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "scenarios/graph/make.hpp"
#include "scenarios/graph/measures.hpp"

using namespace gbid;
using namespace gbid::graph;

namespace {

Topology made(const GraphConfig& config, Index agents, std::uint64_t seed = 1,
              std::uint64_t trial = 0) {
  return make(config, agents, {.seed = seed, .trial = trial});
}

bool is_symmetric(const Topology& topology) {
  for (Index i = 0; i < topology.agents(); ++i)
    for (const Index j : topology.targets(i))
      if (!topology.has(j, i)) return false;
  return true;
}

Index degree(const Topology& topology, Index agent) {
  return static_cast<Index>(topology.targets(agent).size());
}

std::vector<Index> row(const Topology& topology, Index agent) {
  const auto targets = topology.targets(agent);
  return {targets.begin(), targets.end()};
}

}  // namespace

TEST_CASE("a topology sorts its links and leaves out loops and repeats") {
  const Topology topology(4, {{2, 3}, {0, 3}, {0, 1}, {2, 2}, {0, 3}});
  CHECK(topology.link_count() == 3);
  CHECK(row(topology, 0) == std::vector<Index>{1, 3});
  CHECK(row(topology, 1).empty());
  CHECK(topology.has(2, 3));
  CHECK(!topology.has(3, 2));
  CHECK(!topology.has(2, 2));
  CHECK(!topology.is_complete());
}

TEST_CASE("the complete graph links everyone to everyone else, and so does a probability of one") {
  for (const Index n : {2, 7}) {
    const Topology complete = made(Complete{}, n);
    CHECK(complete.is_complete());
    CHECK(complete.link_count() == n * (n - 1));
    CHECK(made(ErdosRenyi{1.0, true}, n) == complete);
    CHECK(made(ErdosRenyi{1.0, false}, n) == complete);
  }
}

TEST_CASE("random links have the stated probability, in both directions or each by itself") {
  // 90,000 pairs at p = 0.3: the count has a standard deviation of 137 directed and 194 (97 links
  // both ways) undirected; five of them fail by chance once in two million seeds.
  const Index n = 300;
  const double mean = 0.3 * static_cast<double>(n * (n - 1));
  const Topology directed = made(ErdosRenyi{0.3, true}, n);
  CHECK(std::fabs(static_cast<double>(directed.link_count()) - mean) < 5.0 * 138.0);
  CHECK(!is_symmetric(directed));
  const Topology undirected = made(ErdosRenyi{0.3, false}, n);
  CHECK(std::fabs(static_cast<double>(undirected.link_count()) - mean) < 5.0 * 195.0);
  CHECK(is_symmetric(undirected));
  CHECK(expected_links(ErdosRenyi{0.3, true}, n) == doctest::Approx(mean));
}

TEST_CASE("a ring links to the nearest on either side") {
  const Topology ring = made(Ring{4}, 9);
  for (Index i = 0; i < 9; ++i) CHECK(degree(ring, i) == 4);
  CHECK(row(ring, 0) == std::vector<Index>{1, 2, 7, 8});
  CHECK(is_symmetric(ring));
  CHECK(strong_components(ring) == 1);
  CHECK(made(Ring{8}, 9).is_complete());
  // Ring lattices of k neighbours have the clustering 3 (k - 2) / (4 (k - 1)) if n > 3 k / 2 (Watts
  // and Strogatz, 1998); a sum of nine equal ratios, so exact to rounding.
  CHECK(measure(ring).clustering == doctest::Approx(0.5).epsilon(1e-14));
}

TEST_CASE("a small world without moved links is the ring, and moving keeps their number") {
  for (const Index k : {2, 6}) CHECK(made(SmallWorld{k, 0.0}, 20) == made(Ring{k}, 20));
  for (const double rewire : {0.1, 0.5, 1.0}) {
    const Topology world = made(SmallWorld{6, rewire}, 50);
    CHECK(world.link_count() == 50 * 6);
    CHECK(is_symmetric(world));
    // Every agent keeps its own half of the links, wherever they lead.
    for (Index i = 0; i < 50; ++i) CHECK(degree(world, i) >= 3);
    Index kept = 0;
    for (Index i = 0; i < 50; ++i)
      for (const Index j : row(made(Ring{6}, 50), i)) kept += world.has(i, j) ? 1 : 0;
    // Of 150 links a share `rewire` moves, and few of those land on a free place of the ring; the
    // standard deviation is at most 6.1 links.
    CHECK(std::fabs(static_cast<double>(kept) / 2.0 - 150.0 * (1.0 - rewire)) < 31.0);
    CHECK(kept < 300);
  }
}

TEST_CASE("a small world of agents linked to all keeps its links") {
  CHECK(made(SmallWorld{4, 1.0}, 5).is_complete());
}

TEST_CASE("preferential attachment has m links a newcomer after a star, and is connected") {
  for (const Index m : {1, 2, 5}) {
    const Index n = 200;
    const Topology joined = made(ScaleFree{m}, n);
    CHECK(joined.link_count() == 2 * m * (n - m));
    CHECK(expected_links(ScaleFree{m}, n) == static_cast<double>(joined.link_count()));
    CHECK(is_symmetric(joined));
    CHECK(strong_components(joined) == 1);
    Index largest = 0;
    for (Index i = 0; i < n; ++i) {
      largest = std::max(largest, degree(joined, i));
      if (i > m) CHECK(degree(joined, i) >= m);
    }
    // Hubs: evenly drawn links would give a largest degree near 2 m + 4 sqrt(2 m).
    CHECK(largest > 2 * m + 10);
  }
  CHECK(row(made(ScaleFree{4}, 5), 0) == std::vector<Index>{1, 2, 3, 4});
}

TEST_CASE("a grid has its inner links, a torus those around the border too") {
  const Topology grid = made(Grid{3, false}, 12);  // four rows
  CHECK(grid.link_count() == 2 * (4 * 2 + 3 * 3));
  CHECK(row(grid, 0) == std::vector<Index>{1, 3});
  CHECK(row(grid, 4) == std::vector<Index>{1, 3, 5, 7});
  const Topology torus = made(Grid{3, true}, 12);
  CHECK(row(torus, 0) == std::vector<Index>{1, 2, 3, 9});
  for (Index i = 0; i < 12; ++i) CHECK(degree(torus, i) == 4);
  for (const Topology& each : {grid, torus}) {
    CHECK(is_symmetric(each));
    CHECK(strong_components(each) == 1);
  }
  // Of one row and of two columns, the way around is a way that is there already.
  CHECK(made(Grid{4, true}, 4) == made(Ring{2}, 4));
  CHECK(made(Grid{2, true}, 4) == made(Grid{2, false}, 4));
  CHECK(columns_of(Grid{}, 12) == 4);
  CHECK(columns_of(Grid{}, 16) == 4);
  CHECK(columns_of(Grid{}, 7) == 7);
}

TEST_CASE("of two sides only the first bids") {
  const Topology sides = made(Bipartite{2}, 5);
  CHECK(sides.link_count() == 6);
  CHECK(row(sides, 1) == std::vector<Index>{2, 3, 4});
  CHECK(row(sides, 2).empty());
  CHECK(strong_components(sides) == 5);
  CHECK(made(Bipartite{}, 5) == sides);  // half of five are two
}

TEST_CASE("the same seed and trial give the same graph, others give others") {
  for (const GraphConfig& config : std::vector<GraphConfig>{
           ErdosRenyi{0.2, true}, ErdosRenyi{0.2, false}, SmallWorld{4, 0.3}, ScaleFree{2}}) {
    CHECK(is_random(config));
    CHECK(made(config, 60, 7, 3) == made(config, 60, 7, 3));
    CHECK(!(made(config, 60, 7, 3) == made(config, 60, 8, 3)));
    CHECK(!(made(config, 60, 7, 3) == made(config, 60, 7, 4)));
  }
  for (const GraphConfig& config :
       std::vector<GraphConfig>{Complete{}, Ring{4}, Grid{}, Bipartite{}}) {
    CHECK(!is_random(config));
    CHECK(made(config, 60, 7, 3) == made(config, 60, 8, 4));
  }
}

TEST_CASE("measures of a graph of four, by hand") {
  // 1 <-> 2, 1 -> 3, 2 -> 3; agent 0 is alone.
  const Measures m = measure(Topology(4, {{1, 2}, {2, 1}, {1, 3}, {2, 3}}));
  CHECK(m.out_degree == std::vector<double>{0, 2, 2, 0});
  CHECK(m.in_degree == std::vector<double>{0, 1, 1, 2});
  CHECK(m.mean_degree == 1.0);
  CHECK(m.reciprocity == 0.5);
  CHECK(m.components == 3);
  // 1, 2 and 3 are a triangle whatever the direction; who is alone counts as 0.
  CHECK(m.clustering == 0.75);
  // r_0 = c, r_1 = r_2 = c + 0.85 r_1 / 2, r_3 = c + 0.85 r_1, up to the common factor c.
  const double r1 = 1.0 / (1.0 - 0.425), r3 = 1.0 + 0.85 * r1, total = 1.0 + 2.0 * r1 + r3;
  const double expected[] = {1.0 / total, r1 / total, r1 / total, r3 / total};
  // Converged to 1e-12.
  for (std::size_t i = 0; i < 4; ++i) CHECK(std::fabs(m.pagerank[i] - expected[i]) < 1e-12);
}

TEST_CASE("a graph without links has the measures of nothing") {
  const Measures m = measure(Topology(3, {}));
  CHECK(m.mean_degree == 0.0);
  CHECK(std::isnan(m.reciprocity));
  CHECK(m.clustering == 0.0);
  CHECK(m.components == 3);
  for (const double rank : m.pagerank) CHECK(std::fabs(rank - 1.0 / 3.0) < 1e-15);
}
