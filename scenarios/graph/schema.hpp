// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>

#include "engine/config/schema.hpp"
#include "scenarios/graph/config.hpp"

namespace gbid::graph {

/// One declaration per key of a graph.
GraphKinds::Of<config::Kinds> graph_kinds();

/// Faults of a graph's keys that show only with the number of agents.
/// @param key of the graph, such as "graph".
void check(const GraphConfig& config, Index agents, const std::string& key,
           const config::Checker& checker);

}  // namespace gbid::graph
