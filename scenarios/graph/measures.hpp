// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <vector>

#include "engine/record/layout.hpp"
#include "scenarios/graph/topology.hpp"

namespace gbid::graph {

/// What a graph looks like. Loops are no links: being linked to oneself counts nowhere.
struct Measures {
  std::vector<double> out_degree;  ///< (n) links from the agent
  std::vector<double> in_degree;   ///< (n) links to the agent
  /// (n) PageRank, sums to one: r_j = (1 - d)/n + d (sum_i r_i / out_i over links i -> j + mass of
  /// those without links / n), d = 0.85. Source: Page, Brin, Motwani and Winograd, 1999.
  std::vector<double> pagerank;
  double mean_degree = 0.0;  ///< links per agent
  double reciprocity = 0.0;  ///< share of links whose reverse exists; NaN without links
  /// Mean over agents of the share of pairs of its neighbours that are neighbours, whatever the
  /// direction; 0 for an agent with fewer than two. Source: Watts and Strogatz, 1998.
  double clustering = 0.0;
  Index components = 0;  ///< strongly connected
};

Measures measure(const Topology& topology);

/// Number of strongly connected components: 1 if every agent is reachable from every other.
Index strong_components(const Topology& topology);

/// How a file records the measures, and their numbers in that order (3 n + 4).
std::vector<Variable> measure_variables();
std::vector<double> in_order(const Measures& measures);

}  // namespace gbid::graph
