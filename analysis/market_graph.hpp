// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <boost/graph/adjacency_list.hpp>
#include <string>

#include "engine/record/run_reader.hpp"

namespace gbid {

/// One side of a trade.
struct TraderVertex {
  std::string name;  ///< "bidder 0", "seller 2", "agent 7"
  std::string role;  ///< bidder | seller | agent
};

/// Who bids on whom: how much, and how much of it is bought.
struct BidEdge {
  double bid = 0.0;
  double mask = 0.0;
};

using MarketGraph =
    boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, TraderVertex, BidEdge>;

/// The market of a trial at its end: an edge from a buyer to everyone it buys from, that is where
/// the mask is positive, or with `all_bids` to everyone that it bids on.
/// Reads the last recorded bid and mask of bidders on sellers, or the final bids and mask of agents
/// on each other.
/// @throws DataError if the regime kept neither.
MarketGraph market_graph(const RunReader& run, const std::string& regime, std::int64_t trial,
                         bool all_bids);

/// GraphML with the attributes name, role, bid and mask.
std::string to_graphml(const MarketGraph& graph);
/// Graphviz: edges as wide as their masks (or bids, where nothing is bought).
std::string to_dot(const MarketGraph& graph, const std::string& title);

}  // namespace gbid
