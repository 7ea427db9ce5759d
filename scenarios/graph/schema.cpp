// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/graph/schema.hpp"

#include <fmt/format.h>

namespace gbid::graph {
namespace {

using config::IntRange;
using config::Kinds;
using config::Schema;

constexpr IntRange kNeighbours{2, 100000000};

template <class Kind>
void check_even(const Kind& kind, const config::Checker& checker) {
  if (kind.neighbours % 2 != 0)
    checker.fail("neighbours", fmt::format("expected an even number, got {}", kind.neighbours));
}

Schema<ErdosRenyi> erdos_renyi_schema() {
  return Schema<ErdosRenyi>("erdos_renyi", "links by chance")
      .number("probability", &ErdosRenyi::probability, {.min = 0.0, .max = 1.0, .min_open = true},
              "of a link")
      .boolean("directed", &ErdosRenyi::directed,
               "whether i -> j and j -> i are drawn apart; otherwise a link goes both ways");
}

Schema<SmallWorld> small_world_schema() {
  return Schema<SmallWorld>("small_world", "a ring with moved links")
      .integer("neighbours", &SmallWorld::neighbours, kNeighbours,
               "nearest agents on a ring, half on either side: even, fewer than agents")
      .number("rewire", &SmallWorld::rewire, {.min = 0.0, .max = 1.0},
              "chance of a link to be moved to another agent")
      .check(check_even<SmallWorld>);
}

Schema<Ring> ring_schema() {
  return Schema<Ring>("ring", "a ring")
      .integer("neighbours", &Ring::neighbours, kNeighbours,
               "nearest agents, half on either side: even, fewer than agents")
      .check(check_even<Ring>);
}

Schema<Grid> grid_schema() {
  return Schema<Grid>("grid", "a grid")
      .integer("columns", &Grid::columns, {1, 100000000},
               "divides agents; without it, the most square grid")
      .boolean("wrap", &Grid::wrap, "whether opposite borders are linked: a torus");
}

Schema<GraphFile> file_schema() {
  return Schema<GraphFile>("file", "a graph from a file")
      .file("file", &GraphFile::file,
            "GraphML, a list of links, or a matrix, relative to the scenario's folder")
      .required("file")
      .choice("format", &GraphFile::format,
              {{FileFormat::kAuto, "auto",
                "by the ending: .graphml, .xml; .txt, .edges, .edgelist; .csv, .npy"},
               {FileFormat::kGraphMl, "graphml", "GraphML, agents in the order of its nodes"},
               {FileFormat::kEdgeList, "edge_list",
                "lines of two agents from 0 on: the first may bid on the second"},
               {FileFormat::kMatrix, "matrix", "agents x agents, not zero where i may bid on j"}},
              "what the file holds");
}

}  // namespace

Kinds<Complete, ErdosRenyi, SmallWorld, ScaleFree, Ring, Grid, Bipartite, GraphFile> graph_kinds() {
  return Kinds<Complete, ErdosRenyi, SmallWorld, ScaleFree, Ring, Grid, Bipartite, GraphFile>()
      .kind("complete", Schema<Complete>("complete", "everyone"),
            "everyone may bid on everyone, itself included")
      .kind("erdos_renyi", erdos_renyi_schema(),
            "every bid may exist with the same probability; drawn for every trial")
      .kind("small_world", small_world_schema(),
            "Watts and Strogatz: a ring with some links moved; drawn for every trial")
      .kind("scale_free",
            Schema<ScaleFree>("scale_free", "preferential attachment")
                .integer("links", &ScaleFree::links, {1, 100000000},
                         "links of every newcomer, fewer than agents"),
            "Barabasi and Albert: newcomers link to those who have many; drawn for every trial")
      .kind("ring", ring_schema(), "the nearest agents on a circle")
      .kind("grid", grid_schema(), "up to four neighbours on a grid, agents row by row")
      .kind("bipartite",
            Schema<Bipartite>("bipartite", "two sides")
                .integer("bidders", &Bipartite::bidders, {1, 100000000},
                         "fewer than agents; without it, half of them"),
            "the first agents may bid on all behind them, who may bid on themselves alone")
      .kind("file", file_schema(), "read from a file, the same for every trial")
      .key_means<GraphFile>("file");
}

void check(const GraphConfig& config, Index agents, const std::string& key,
           const config::Checker& checker) {
  const auto require_fewer = [&](const char* name, Index value) {
    if (value >= agents)
      checker.fail(key + "." + name,
                   fmt::format("expected fewer than the {} agents, got {}", agents, value));
  };
  if (const auto* world = std::get_if<SmallWorld>(&config))
    require_fewer("neighbours", world->neighbours);
  if (const auto* ring = std::get_if<Ring>(&config)) require_fewer("neighbours", ring->neighbours);
  if (const auto* joined = std::get_if<ScaleFree>(&config)) require_fewer("links", joined->links);
  if (const auto* sides = std::get_if<Bipartite>(&config); sides && sides->bidders)
    require_fewer("bidders", *sides->bidders);
  if (const auto* grid = std::get_if<Grid>(&config);
      grid && grid->columns && agents % *grid->columns != 0)
    checker.fail(key + ".columns", fmt::format("expected a divisor of the {} agents, got {}",
                                               agents, *grid->columns));
}

}  // namespace gbid::graph
