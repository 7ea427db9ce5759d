// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// The generators are written here rather than taken from Boost.Graph so that a seed gives the same
// graph whatever Boost is installed; Boost keeps the links while a small world is rewired.
#include "scenarios/graph/make.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <stdexcept>
#include <utility>

namespace gbid::graph {
namespace {

using Links = std::vector<Link>;

void link_both_ways(Links& links, Index u, Index v) {
  links.push_back({u, v});
  links.push_back({v, u});
}

Links links_of(const Complete&, Index n, Stream&) {
  Links links;
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) links.push_back({i, j});
  return links;
}

Links links_of(const ErdosRenyi& config, Index n, Stream& stream) {
  Links links;
  for (Index i = 0; i < n; ++i)
    for (Index j = config.directed ? 0 : i + 1; j < n; ++j) {
      if (i == j || stream.uniform() >= config.probability) continue;
      links.push_back({i, j});
      if (!config.directed) links.push_back({j, i});
    }
  return links;
}

Links links_of(const Ring& config, Index n, Stream&) {
  Links links;
  for (Index distance = 1; distance <= config.neighbours / 2; ++distance)
    for (Index u = 0; u < n; ++u) link_both_ways(links, u, (u + distance) % n);
  return links;
}

Links links_of(const SmallWorld& config, Index n, Stream& stream) {
  // 1. The ring.
  boost::adjacency_list<boost::setS, boost::vecS, boost::undirectedS> world(
      static_cast<std::size_t>(n));
  const auto at = [](Index agent) { return static_cast<std::size_t>(agent); };
  for (Index distance = 1; distance <= config.neighbours / 2; ++distance)
    for (Index u = 0; u < n; ++u) add_edge(at(u), at((u + distance) % n), world);
  // 2. Lap by lap around it, as published: the nearest links first. Who is linked to all keeps its
  // links.
  for (Index distance = 1; distance <= config.neighbours / 2; ++distance)
    for (Index u = 0; u < n; ++u) {
      if (stream.uniform() >= config.rewire) continue;
      if (static_cast<Index>(out_degree(at(u), world)) == n - 1) continue;
      Index w = 0;
      do {
        w = stream.below(n);
      } while (w == u || edge(at(u), at(w), world).second);
      remove_edge(at(u), at((u + distance) % n), world);
      add_edge(at(u), at(w), world);
    }
  Links links;
  for (auto [link, end] = edges(world); link != end; ++link)
    link_both_ways(links, static_cast<Index>(source(*link, world)),
                   static_cast<Index>(target(*link, world)));
  return links;
}

Links links_of(const ScaleFree& config, Index n, Stream& stream) {
  Links links;
  std::vector<Index> ends;  // every agent as often as it has links
  const auto join = [&](Index u, Index v) {
    link_both_ways(links, u, v);
    ends.push_back(u);
    ends.push_back(v);
  };
  for (Index v = 1; v <= config.links; ++v) join(0, v);
  std::vector<Index> chosen;
  for (Index newcomer = config.links + 1; newcomer < n; ++newcomer) {
    chosen.clear();
    while (static_cast<Index>(chosen.size()) < config.links) {
      const auto drawn = stream.below(static_cast<std::int64_t>(ends.size()));
      const Index agent = ends[static_cast<std::size_t>(drawn)];
      if (std::find(chosen.begin(), chosen.end(), agent) == chosen.end()) chosen.push_back(agent);
    }
    for (const Index agent : chosen) join(newcomer, agent);
  }
  return links;
}

Links links_of(const Grid& config, Index n, Stream&) {
  Links links;
  const Index columns = columns_of(config, n), rows = n / columns;
  for (Index row = 0; row < rows; ++row)
    for (Index column = 0; column < columns; ++column) {
      const Index agent = row * columns + column;
      if (column + 1 < columns || config.wrap)
        link_both_ways(links, agent, row * columns + (column + 1) % columns);
      if (row + 1 < rows || config.wrap)
        link_both_ways(links, agent, (row + 1) % rows * columns + column);
    }
  return links;  // a torus of one or two rows links some twice or to themselves: left out
}

Links links_of(const Bipartite& config, Index n, Stream&) {
  Links links;
  const Index bidders = bidders_of(config, n);
  for (Index bidder = 0; bidder < bidders; ++bidder)
    for (Index other = bidders; other < n; ++other) links.push_back({bidder, other});
  return links;
}

Links links_of(const GraphFile&, Index, Stream&) {
  throw std::logic_error("a graph from a file is read, not made");
}

}  // namespace

bool is_random(const GraphConfig& config) {
  return std::holds_alternative<ErdosRenyi>(config) || std::holds_alternative<SmallWorld>(config) ||
         std::holds_alternative<ScaleFree>(config);
}

Topology make(const GraphConfig& config, Index agents, StreamKey key) {
  key.purpose = Purpose::kGraph;
  Stream stream(key);
  return {agents,
          std::visit([&](const auto& kind) { return links_of(kind, agents, stream); }, config)};
}

double expected_links(const GraphConfig& config, Index agents) {
  const auto n = static_cast<double>(agents);
  if (const auto* random = std::get_if<ErdosRenyi>(&config))
    return random->probability * n * (n - 1.0);
  if (const auto* world = std::get_if<SmallWorld>(&config))
    return n * static_cast<double>(world->neighbours);
  if (const auto* ring = std::get_if<Ring>(&config))
    return n * static_cast<double>(ring->neighbours);
  if (const auto* joined = std::get_if<ScaleFree>(&config))
    return 2.0 * static_cast<double>(joined->links) * static_cast<double>(agents - joined->links);
  if (std::holds_alternative<Grid>(config)) return 4.0 * n;
  if (const auto* sides = std::get_if<Bipartite>(&config)) {
    const Index bidders = bidders_of(*sides, agents);
    return static_cast<double>(bidders) * static_cast<double>(agents - bidders);
  }
  return n * (n - 1.0);
}

Index columns_of(const Grid& grid, Index agents) {
  if (grid.columns) return *grid.columns;
  Index rows = 1;
  for (Index r = 1; r * r <= agents; ++r)
    if (agents % r == 0) rows = r;
  return agents / rows;
}

Index bidders_of(const Bipartite& bipartite, Index agents) {
  return bipartite.bidders.value_or(agents / 2);
}

}  // namespace gbid::graph
