// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <optional>
#include <string>

#include "engine/config/entries.hpp"
#include "engine/core/padded_matrix.hpp"

namespace gbid::graph {

/// What there is to know of a kind of graph, see kind.hpp.
template <class Keys>
struct GraphKind;

/// All agents are linked to all.
struct Complete {
  bool operator==(const Complete&) const = default;
};

/// Every ordered pair of agents is linked with the same probability, independently of the others;
/// if not directed, every unordered pair, both ways. Source: Gilbert, 1959; Erdos and Renyi, 1959.
struct ErdosRenyi {
  double probability = 0.5;  ///< in (0, 1]
  bool directed = true;
  bool operator==(const ErdosRenyi&) const = default;
};

/// Every agent is linked to `links` others, drawn with equal chances.
struct RandomOut {
  Index links = 2;  ///< >= 1, < agents
  bool operator==(const RandomOut&) const = default;
};

/// A ring of which every link is moved with probability `rewire`: from (u, v) to (u, w), w uniform
/// among those that u is not linked to. Both ways. Source: Watts and Strogatz, 1998.
struct SmallWorld {
  Index neighbours = 4;  ///< even, >= 2, < agents
  double rewire = 0.1;   ///< in [0, 1]
  bool operator==(const SmallWorld&) const = default;
};

/// Agents join one by one, each with `links` links to agents drawn with a chance in proportion to
/// their links so far; begins as a star of links + 1 agents around agent 0. Both ways.
/// Source: Barabasi and Albert, 1999.
struct ScaleFree {
  Index links = 2;  ///< >= 1, < agents
  bool operator==(const ScaleFree&) const = default;
};

/// A circle; each agent is linked to the nearest half of `neighbours` on either side. Both ways.
struct Ring {
  Index neighbours = 2;  ///< even, >= 2, < agents
  bool operator==(const Ring&) const = default;
};

/// Agents row by row on a grid, linked to those above, below, left and right. Both ways.
struct Grid {
  std::optional<Index> columns;  ///< divides agents; absent: the most square grid, rows <= columns
  bool wrap = false;             ///< a torus
  bool operator==(const Grid&) const = default;
};

/// The first `bidders` agents are linked to all agents behind them, which are linked to none.
struct Bipartite {
  std::optional<Index> bidders;  ///< from 1 to agents - 1; absent: half of the agents
  bool operator==(const Bipartite&) const = default;
};

enum class FileFormat { kAuto, kGraphMl, kEdgeList, kMatrix };

/// What becomes of weights in a file: links have none.
enum class FileWeights { kRefuse, kIgnore };

/// Read from a file, see `load`; `file` is resolved against the scenario's folder.
struct GraphFile {
  std::string file;
  FileFormat format = FileFormat::kAuto;
  FileWeights weights = FileWeights::kRefuse;
  bool operator==(const GraphFile&) const = default;
};

// In kinds.cpp, one each.
GraphKind<Complete> complete();
GraphKind<ErdosRenyi> erdos_renyi();
GraphKind<RandomOut> random_out();
GraphKind<SmallWorld> small_world();
GraphKind<ScaleFree> scale_free();
GraphKind<Ring> ring();
GraphKind<Grid> grid();
GraphKind<Bipartite> bipartite();
GraphKind<GraphFile> graph_file();

/// All kinds of graphs, in the order of `gbid list topologies`.
using GraphKinds = config::EntryList<complete, erdos_renyi, random_out, small_world, scale_free,
                                     ring, grid, bipartite, graph_file>;

/// Who is linked to whom, as a scenario names it.
using GraphConfig = GraphKinds::Config;

}  // namespace gbid::graph
