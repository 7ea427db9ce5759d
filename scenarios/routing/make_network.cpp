// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// The networks that need no files.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/core/error.hpp"
#include "engine/random/stream.hpp"
#include "scenarios/routing/network.hpp"
#include "scenarios/routing/words.hpp"

namespace gbid::routing {
namespace {

// Streams of a synthetic town that share no number.
constexpr std::uint64_t kStreets = 0, kOrigins = 1, kTrips = 2;
constexpr double kBprFactor = 0.15;  // the Bureau's own

const std::string kLinkForms = "\"FROM TO: c0 c1 ...\" or \"FROM TO: bpr t0 b capacity power\"";

/// "FROM TO:" of a line whose words follow.
std::pair<Index, Index> read_ends(Words& words, Index nodes) {
  const Index from = words.integer("a node", 1, nodes), to = words.integer("a node", 1, nodes);
  words.expect(":");
  if (from == to) throw DataError(fmt::format("expected two different nodes, got {} twice", from));
  return {from, to};
}

/// `count` different numbers below `of`, drawn without replacement, ascending.
std::vector<Index> sample(Index count, Index of, Index left_out, Stream& stream) {
  std::vector<Index> all;
  for (Index k = 0; k < of; ++k)
    if (k != left_out) all.push_back(k);
  for (Index k = 0; k < count; ++k) {
    const Index chosen = k + stream.below(static_cast<Index>(all.size()) - k);
    std::swap(all[static_cast<std::size_t>(k)], all[static_cast<std::size_t>(chosen)]);
  }
  all.resize(static_cast<std::size_t>(count));
  std::sort(all.begin(), all.end());
  return all;
}

/// Both directions of every street, with free-flow times in [1, 2) and capacities in [0.5, 1.5).
std::vector<GivenLink> streets(const GridNetwork& town, double& capacity_sum) {
  Stream stream({.seed = static_cast<std::uint64_t>(town.seed),
                 .purpose = Purpose::kGraph,
                 .agent = kStreets});
  std::vector<GivenLink> links;
  const auto add = [&](Index from, Index to) {
    const double time = 1.0 + stream.uniform(), capacity = 0.5 + stream.uniform();
    links.push_back({from + 1, to + 1, bpr(time, kBprFactor, capacity, town.power)});
    capacity_sum += capacity;
  };
  for (Index row = 0; row < town.rows; ++row)
    for (Index column = 0; column < town.columns; ++column) {
      const Index here = row * town.columns + column;
      if (column + 1 < town.columns) add(here, here + 1), add(here + 1, here);
      if (row + 1 < town.rows) add(here, here + town.columns), add(here + town.columns, here);
    }
  return links;
}

}  // namespace

GivenLink read_link(const std::string& text, Index nodes) {
  Words words(text, kLinkForms);
  const auto [from, to] = read_ends(words, nodes);
  if (words.take_if("bpr")) {
    const double time = words.number("a time", 0.0), b = words.number("b", 0.0),
                 capacity = words.number("a capacity", 0.0), power = words.number("a power", 0.0);
    words.expect_end();
    check_bpr(b, capacity, power);
    return {from, to, bpr(time, b, capacity, power)};
  }
  std::vector<double> coefficients;
  do {
    coefficients.push_back(words.number("a coefficient", 0.0));
  } while (!words.is_at_end());
  return {from, to, polynomial(coefficients)};
}

Demand read_demand(const std::string& text, Index nodes) {
  Words words(text, "\"FROM TO: trips\"");
  const auto [from, to] = read_ends(words, nodes);
  const double trips = words.number("trips", 0.0);
  words.expect_end();
  return {from, to, trips, 0};
}

RoadNetwork make_network(const PigouNetwork& pigou, double demand_factor) {
  return {2,
          1,
          {{1, 2, affine(0.0, 1.0)}, {1, 2, {0.0, {{1.0, 1.0, pigou.degree}}}}},
          {{1, 2, 1.0, 0}},
          demand_factor};
}

RoadNetwork make_network(const TwoLinkNetwork& links, double demand_factor) {
  return {2,
          1,
          {{1, 2, affine(links.a1, links.b1)}, {1, 2, affine(links.a2, links.b2)}},
          {{1, 2, 1.0, 0}},
          demand_factor};
}

RoadNetwork make_network(const BraessNetwork& braess, double demand_factor) {
  std::vector<GivenLink> links{{1, 2, affine(1.0, 0.0)},
                               {1, 3, affine(0.0, 1.0)},
                               {2, 4, affine(0.0, 1.0)},
                               {3, 4, affine(1.0, 0.0)}};
  if (braess.shortcut) links.push_back({2, 3, affine(0.0, 0.0)});
  return {4, 1, std::move(links), {{1, 4, 1.0, 0}}, demand_factor};
}

RoadNetwork make_network(const LinksNetwork& given, double demand_factor) {
  std::vector<GivenLink> links;
  std::vector<Demand> demands;
  const auto read = [&](const char* key, const std::vector<std::string>& lines, const auto& line) {
    for (std::size_t k = 0; k < lines.size(); ++k) {
      try {
        line(lines[k], static_cast<Index>(k));
      } catch (const DataError& error) {
        throw DataError(fmt::format("{}[{}]: {}", key, k, error.what()));
      }
    }
  };
  read("links", given.links,
       [&](const std::string& text, Index) { links.push_back(read_link(text, given.nodes)); });
  read("demands", given.demands, [&](const std::string& text, Index k) {
    demands.push_back(read_demand(text, given.nodes));
    demands.back().line = k;
  });
  return {given.nodes, 1, std::move(links), demands, demand_factor};
}

RoadNetwork make_network(const GridNetwork& town, double demand_factor) {
  double capacity = 0.0;
  std::vector<GivenLink> links = streets(town, capacity);
  const auto seed = static_cast<std::uint64_t>(town.seed);
  Stream places({.seed = seed, .purpose = Purpose::kGraph, .agent = kOrigins});
  Stream amounts({.seed = seed, .purpose = Purpose::kGraph, .agent = kTrips});
  const Index crossings = town.rows * town.columns;
  // A trip between random crossings takes about a third of either side's streets.
  const double streets_a_trip = static_cast<double>(town.rows + town.columns) / 3.0;
  const double mean_trips = town.congestion * capacity / streets_a_trip /
                            static_cast<double>(town.origins * town.destinations);
  std::vector<Demand> demands;
  for (const Index origin : sample(town.origins, crossings, -1, places))
    for (const Index destination : sample(town.destinations, crossings, origin, places))
      demands.push_back({origin + 1, destination + 1, mean_trips * (0.5 + amounts.uniform()), 0});
  return {crossings, 1, std::move(links), demands, demand_factor};
}

}  // namespace gbid::routing
