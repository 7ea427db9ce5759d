// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "engine/random/stream.hpp"
#include "scenarios/graph/config.hpp"
#include "scenarios/graph/topology.hpp"

namespace gbid::graph {

/// Whether the graph is drawn anew for every trial.
bool is_random(const GraphConfig& config);

/// The graph of every kind but a file, whose keys have been checked against `agents`.
/// @param key seed and trial count; the purpose is set to Purpose::kGraph.
/// The same graph for the same key, with any version of Boost or of the standard library: all
/// draws are this project's own.
Topology make(const GraphConfig& config, Index agents, StreamKey key);

/// About how many links a graph of this kind has: exact where nothing is drawn, expected where
/// links are, and the most there can be for a file.
double expected_links(const GraphConfig& config, Index agents);

/// Whether that is the number of links in every graph of this kind.
bool has_fixed_links(const GraphConfig& config);

/// Columns of a grid: as said, or those of the most square grid with rows <= columns.
Index columns_of(const Grid& grid, Index agents);
/// Bidders of a bipartite graph: as said, or half of the agents.
Index bidders_of(const Bipartite& bipartite, Index agents);

}  // namespace gbid::graph
