// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <vector>

#include "scenarios/graph/topology.hpp"

namespace gbid::bid_matrix::sparse {

/// Which bids exist, by bidder and by whom they are on. Edge e is one bid: those of agent i are
/// first[i] to first[i + 1], its bid on itself before those on others, by target. Immutable.
struct EdgeGraph {
  explicit EdgeGraph(const graph::Topology& topology);

  Index agents;
  std::vector<Index> first;             ///< (agents + 1)
  std::vector<std::int32_t> target;     ///< (edges)
  std::vector<Index> in_first;          ///< (agents + 1) bids of others on an agent
  std::vector<std::int32_t> in_source;  ///< (edges - agents) who bids, ascending
  std::vector<std::int32_t> in_edge;    ///< (edges - agents) which edge that is

  Index edges() const { return static_cast<Index>(target.size()); }
  Index begin(Index agent) const { return first[static_cast<std::size_t>(agent)]; }
  Index end(Index agent) const { return first[static_cast<std::size_t>(agent) + 1]; }
  Index bids_of(Index agent) const { return end(agent) - begin(agent); }
  Index in_begin(Index agent) const { return in_first[static_cast<std::size_t>(agent)]; }
  Index in_end(Index agent) const { return in_first[static_cast<std::size_t>(agent) + 1]; }
  /// One over the number of bidders on an agent, itself included.
  double bidder_share(Index agent) const {
    return 1.0 / static_cast<double>(in_end(agent) - in_begin(agent) + 1);
  }
  Index most_bids() const;

  /// Edges are counted in 32 bits.
  static constexpr double kMostEdges = 2147483647.0;
  static double bytes(double agents, double edges);
};

}  // namespace gbid::bid_matrix::sparse
