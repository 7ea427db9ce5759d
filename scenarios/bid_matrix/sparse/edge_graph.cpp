// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/sparse/edge_graph.hpp"

#include <algorithm>

namespace gbid::bid_matrix::sparse {

EdgeGraph::EdgeGraph(const graph::Topology& topology) : agents(topology.agents()) {
  const auto n = static_cast<std::size_t>(agents);
  const auto links = static_cast<std::size_t>(topology.link_count());
  first.assign(n + 1, 0);
  in_first.assign(n + 1, 0);
  target.reserve(links + n);
  for (Index i = 0; i < agents; ++i) {
    target.push_back(static_cast<std::int32_t>(i));
    for (const Index j : topology.targets(i)) {
      target.push_back(static_cast<std::int32_t>(j));
      ++in_first[static_cast<std::size_t>(j) + 1];
    }
    first[static_cast<std::size_t>(i) + 1] = static_cast<Index>(target.size());
  }
  for (std::size_t j = 0; j < n; ++j) in_first[j + 1] += in_first[j];
  in_source.resize(links);
  in_edge.resize(links);
  std::vector<Index> next(in_first.begin(), in_first.end() - 1);
  for (Index i = 0; i < agents; ++i)
    for (Index e = begin(i) + 1; e < end(i); ++e) {
      const auto at = static_cast<std::size_t>(
          next[static_cast<std::size_t>(target[static_cast<std::size_t>(e)])]++);
      in_source[at] = static_cast<std::int32_t>(i);
      in_edge[at] = static_cast<std::int32_t>(e);
    }
}

Index EdgeGraph::most_bids() const {
  Index most = 0;
  for (Index i = 0; i < agents; ++i) most = std::max(most, bids_of(i));
  return most;
}

double EdgeGraph::bytes(double agents, double edges) {
  return edges * 3.0 * sizeof(std::int32_t) + agents * 2.0 * sizeof(Index);
}

}  // namespace gbid::bid_matrix::sparse
