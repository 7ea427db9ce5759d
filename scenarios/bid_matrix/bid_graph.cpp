// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/bid_graph.hpp"

#include <utility>

namespace gbid::bid_matrix {

BidGraph::BidGraph(graph::Topology links)
    : topology(std::move(links)),
      allowed(topology.agents(), topology.agents()),
      row_mean(padded(topology.agents())),
      bidder_share(padded(topology.agents())),
      bids(topology.link_count() + topology.agents()) {
  const Index n = topology.agents();
  for (Index i = 0; i < n; ++i) {
    allowed(i, i) = 1.0;
    bidder_share[i] += 1.0;
    for (const Index j : topology.targets(i)) {
      allowed(i, j) = 1.0;
      bidder_share[j] += 1.0;  // counted first
    }
    row_mean[i] = 1.0 / static_cast<double>(topology.targets(i).size() + 1);
  }
  for (Index j = 0; j < n; ++j) bidder_share[j] = 1.0 / bidder_share[j];
}

}  // namespace gbid::bid_matrix
