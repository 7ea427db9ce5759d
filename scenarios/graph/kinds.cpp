// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// The kinds of graphs. The generators are written here rather than taken from Boost.Graph so that a
// seed gives the same graph whatever Boost is installed.
#include <fmt/format.h>

#include <algorithm>

#include "engine/math/vector_math.hpp"
#include "scenarios/graph/kind.hpp"
#include "scenarios/graph/make.hpp"

namespace gbid::graph {
namespace {

using config::IntRange;
using config::Schema;
using Links = std::vector<Link>;

constexpr IntRange kNeighbours{2, 100000000};

template <class Kind>
void check_even(const Kind& kind, const config::Checker& checker) {
  if (kind.neighbours % 2 != 0)
    checker.fail("neighbours", fmt::format("expected an even number, got {}", kind.neighbours));
}

/// As many as agents have neighbours.
template <class Kind>
double neighbour_links(const Kind& kind, Index agents) {
  return static_cast<double>(agents) * static_cast<double>(kind.neighbours);
}

void require_fewer(const char* key, Index value, Index agents, const Fail& fail) {
  if (value >= agents)
    fail(key, fmt::format("expected fewer than the {} agents, got {}", agents, value));
}

template <class Kind>
void check_neighbours(const Kind& kind, Index agents, const Fail& fail) {
  require_fewer("neighbours", kind.neighbours, agents, fail);
}

/// From each agent to each other.
template <class Kind>
double all_links(const Kind&, Index agents) {
  return static_cast<double>(agents) * (static_cast<double>(agents) - 1.0);
}

void link_both_ways(Links& links, Index u, Index v) {
  links.push_back({u, v});
  links.push_back({v, u});
}

Links complete_links(const Complete&, Index n, Stream&) {
  Links links;
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) links.push_back({i, j});
  return links;
}

/// Pairs are passed over by as many at a time as have no link: a geometric number.
/// Source: Batagelj and Brandes, "Efficient generation of large random networks", 2005.
Links erdos_renyi_links(const ErdosRenyi& config, Index n, Stream& stream) {
  Links links;
  const double most = static_cast<double>(n) * static_cast<double>(n);
  const double scale =
      config.probability < 1.0 ? 1.0 / log(broadcast(1.0 - config.probability))[0] : 0.0;
  Index i = 0, at = -1;  // the last pair: the at-th of agent i
  for (;;) {
    // Of a directed graph an agent has n - 1 pairs, otherwise those with later agents.
    const double passed = std::min(log(broadcast(1.0 - stream.uniform()))[0] * scale, most);
    at += 1 + static_cast<Index>(passed);
    const auto pairs = [&] { return config.directed ? n - 1 : n - 1 - i; };
    while (i < n && at >= pairs()) at -= pairs(), ++i;
    if (i >= n) return links;
    const Index j = config.directed && at < i ? at : config.directed ? at + 1 : i + 1 + at;
    links.push_back({i, j});
    if (!config.directed) links.push_back({j, i});
  }
}

Links random_out_links(const RandomOut& config, Index n, Stream& stream) {
  Links links;
  links.reserve(static_cast<std::size_t>(n * config.links));
  std::vector<Index> drawn;
  for (Index i = 0; i < n; ++i) {
    drawn.clear();
    while (static_cast<Index>(drawn.size()) < config.links) {
      const Index other = stream.below(n);
      if (other != i && std::find(drawn.begin(), drawn.end(), other) == drawn.end())
        drawn.push_back(other);
    }
    std::sort(drawn.begin(), drawn.end());
    for (const Index other : drawn) links.push_back({i, other});
  }
  return links;
}

Links small_world_links(const SmallWorld& config, Index n, Stream& stream) {
  // 1. The ring.
  std::vector<std::vector<Index>> world(static_cast<std::size_t>(n));
  const auto linked = [&](Index agent) -> std::vector<Index>& {
    return world[static_cast<std::size_t>(agent)];
  };
  const auto unlink = [&](Index u, Index v) {
    linked(u).erase(std::find(linked(u).begin(), linked(u).end(), v));
  };
  for (Index distance = 1; distance <= config.neighbours / 2; ++distance)
    for (Index u = 0; u < n; ++u) {
      linked(u).push_back((u + distance) % n);
      linked((u + distance) % n).push_back(u);
    }
  // 2. Lap by lap around it, as published: the nearest links first. Who is linked to all keeps its
  // links.
  for (Index distance = 1; distance <= config.neighbours / 2; ++distance)
    for (Index u = 0; u < n; ++u) {
      if (stream.uniform() >= config.rewire) continue;
      if (static_cast<Index>(linked(u).size()) == n - 1) continue;
      Index w = 0;
      do {
        w = stream.below(n);
      } while (w == u || std::find(linked(u).begin(), linked(u).end(), w) != linked(u).end());
      const Index v = (u + distance) % n;
      unlink(u, v);
      unlink(v, u);
      linked(u).push_back(w);
      linked(w).push_back(u);
    }
  Links links;
  links.reserve(static_cast<std::size_t>(n * config.neighbours));
  for (Index u = 0; u < n; ++u)
    for (const Index v : linked(u)) links.push_back({u, v});
  return links;
}

Links scale_free_links(const ScaleFree& config, Index n, Stream& stream) {
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

Links ring_links(const Ring& config, Index n, Stream&) {
  Links links;
  for (Index distance = 1; distance <= config.neighbours / 2; ++distance)
    for (Index u = 0; u < n; ++u) link_both_ways(links, u, (u + distance) % n);
  return links;
}

Links grid_links(const Grid& config, Index n, Stream&) {
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

Links bipartite_links(const Bipartite& config, Index n, Stream&) {
  Links links;
  const Index bidders = bidders_of(config, n);
  for (Index bidder = 0; bidder < bidders; ++bidder)
    for (Index other = bidders; other < n; ++other) links.push_back({bidder, other});
  return links;
}

}  // namespace

GraphKind<Complete> complete() {
  return {.name = "complete",
          .help = "every agent may bid on every agent, itself included",
          .schema = Schema<Complete>("complete", "all agents"),
          .expected_links = all_links<Complete>,
          .links = complete_links};
}

GraphKind<ErdosRenyi> erdos_renyi() {
  return {.name = "erdos_renyi",
          .help = "every bid may exist with the same probability; drawn for every trial",
          .schema =
              Schema<ErdosRenyi>("erdos_renyi", "links by chance")
                  .number("probability", &ErdosRenyi::probability,
                          {.min = 0.0, .max = 1.0, .min_open = true}, "of a link")
                  .boolean(
                      "directed", &ErdosRenyi::directed,
                      "whether i -> j and j -> i are drawn apart; otherwise a link goes both ways"),
          .expected_links =
              [](const ErdosRenyi& keys, Index agents) {
                return keys.probability * static_cast<double>(agents) *
                       (static_cast<double>(agents) - 1.0);
              },
          .links = erdos_renyi_links,
          .is_random = true};
}

GraphKind<RandomOut> random_out() {
  return {.name = "random_out",
          .help = "every agent may bid on as many others, drawn at random; drawn for every trial",
          .schema = Schema<RandomOut>("random_out", "others drawn at random")
                        .integer("links", &RandomOut::links, {1, 100000000},
                                 "others that an agent may bid on, fewer than agents"),
          .expected_links =
              [](const RandomOut& keys, Index agents) {
                return static_cast<double>(agents) * static_cast<double>(keys.links);
              },
          .links = random_out_links,
          .is_random = true,
          .has_fixed_links = true,
          .check = [](const RandomOut& keys, Index agents,
                      const Fail& fail) { require_fewer("links", keys.links, agents, fail); }};
}

GraphKind<SmallWorld> small_world() {
  return {.name = "small_world",
          .help = "Watts and Strogatz: a ring with some links moved; drawn for every trial",
          .schema =
              Schema<SmallWorld>("small_world", "a ring with moved links")
                  .integer("neighbours", &SmallWorld::neighbours, kNeighbours,
                           "nearest agents on a ring, half on either side: even, fewer than agents")
                  .number("rewire", &SmallWorld::rewire, {.min = 0.0, .max = 1.0},
                          "chance of a link to be moved to another agent")
                  .check(check_even<SmallWorld>),
          .expected_links = neighbour_links<SmallWorld>,
          .links = small_world_links,
          .is_random = true,
          .has_fixed_links = true,
          .check = check_neighbours<SmallWorld>};
}

GraphKind<ScaleFree> scale_free() {
  return {
      .name = "scale_free",
      .help = "Barabasi and Albert: newcomers link to those who have many; drawn for every trial",
      .schema = Schema<ScaleFree>("scale_free", "preferential attachment")
                    .integer("links", &ScaleFree::links, {1, 100000000},
                             "links of every newcomer, fewer than agents"),
      .expected_links =
          [](const ScaleFree& keys, Index agents) {
            return 2.0 * static_cast<double>(keys.links) * static_cast<double>(agents - keys.links);
          },
      .links = scale_free_links,
      .is_random = true,
      .has_fixed_links = true,
      .check = [](const ScaleFree& keys, Index agents,
                  const Fail& fail) { require_fewer("links", keys.links, agents, fail); }};
}

GraphKind<Ring> ring() {
  return {.name = "ring",
          .help = "the nearest agents on a circle",
          .schema = Schema<Ring>("ring", "a ring")
                        .integer("neighbours", &Ring::neighbours, kNeighbours,
                                 "nearest agents, half on either side: even, fewer than agents")
                        .check(check_even<Ring>),
          .expected_links = neighbour_links<Ring>,
          .links = ring_links,
          .check = check_neighbours<Ring>};
}

GraphKind<Grid> grid() {
  return {
      .name = "grid",
      .help = "up to four neighbours on a grid, agents row by row",
      .schema = Schema<Grid>("grid", "a grid")
                    .integer("columns", &Grid::columns, {1, 100000000},
                             "divides agents; without it, the most square grid")
                    .boolean("wrap", &Grid::wrap, "whether opposite borders are linked: a torus"),
      .expected_links = [](const Grid&, Index agents) { return 4.0 * static_cast<double>(agents); },
      .links = grid_links,
      .check =
          [](const Grid& keys, Index agents, const Fail& fail) {
            if (keys.columns && agents % *keys.columns != 0)
              fail("columns", fmt::format("expected a divisor of the {} agents, got {}", agents,
                                          *keys.columns));
          }};
}

GraphKind<Bipartite> bipartite() {
  return {.name = "bipartite",
          .help = "the first agents may bid on all behind them, who may bid on themselves alone",
          .schema = Schema<Bipartite>("bipartite", "two sides")
                        .integer("bidders", &Bipartite::bidders, {1, 100000000},
                                 "fewer than agents; without it, half of them"),
          .expected_links =
              [](const Bipartite& keys, Index agents) {
                const Index bidders = bidders_of(keys, agents);
                return static_cast<double>(bidders) * static_cast<double>(agents - bidders);
              },
          .links = bipartite_links,
          .check =
              [](const Bipartite& keys, Index agents, const Fail& fail) {
                if (keys.bidders) require_fewer("bidders", *keys.bidders, agents, fail);
              }};
}

GraphKind<GraphFile> graph_file() {
  return {
      .name = "file",
      .help = "read from a file, the same for every trial",
      .schema =
          Schema<GraphFile>("file", "a graph from a file")
              .file("file", &GraphFile::file,
                    "GraphML, a list of links, or a matrix, relative to the scenario's folder")
              .required("file")
              .choice(
                  "format", &GraphFile::format,
                  {{FileFormat::kAuto, "auto",
                    "by the ending: .graphml, .xml; .txt, .edges, .edgelist; .csv, .npy"},
                   {FileFormat::kGraphMl, "graphml", "GraphML, agents in the order of its nodes"},
                   {FileFormat::kEdgeList, "edge_list",
                    "lines of two agents from 0 on: the first may bid on the second"},
                   {FileFormat::kMatrix, "matrix",
                    "agents x agents, not zero where i may bid on j"}},
                  "what the file holds")
              .choice("weights", &GraphFile::weights,
                      {{FileWeights::kRefuse, "refuse",
                        "weights must all be alike: links have none, so others would be lost"},
                       {FileWeights::kIgnore, "ignore", "a link is a link, whatever its weight"}},
                      "what becomes of weights in the file"),
      .expected_links = all_links<GraphFile>};
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
