// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>

#include "engine/record/run_reader.hpp"
#include "scenarios/graph/write.hpp"

namespace gbid {

/// The market of a trial at its end: an edge from a buyer to each agent it buys from, that is where
/// the mask is positive, or with `all_bids` to each agent that it bids on.
/// Reads the last recorded bid and mask of bidders on sellers, or the final bids and mask of agents
/// on each other.
/// Nodes are bidders and sellers, or agents; links have the attributes bid and mask.
/// @throws DataError if the regime kept neither.
graph::AttributedGraph market_graph(const RunReader& run, const std::string& regime,
                                    std::int64_t trial, bool all_bids);

/// Graphviz of a market's graph: links as wide as their masks (or bids, where nothing is bought).
std::string market_dot(const graph::AttributedGraph& market, const std::string& title);

}  // namespace gbid
