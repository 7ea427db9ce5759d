// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "engine/core/padded_matrix.hpp"
#include "scenarios/graph/topology.hpp"

namespace gbid::bid_matrix {

/// Which bids exist, where not all of them do: i may bid on j if i is linked to j, and always on
/// itself. Immutable, shared by all who play on it.
struct BidGraph {
  explicit BidGraph(graph::Topology topology);

  graph::Topology topology;
  PaddedMatrix allowed;        ///< a (n x n): 1 where i may bid on j, 0 elsewhere; a_ii = 1
  AlignedBuffer row_mean;      ///< (n) mean of j's row, which sums to one: 1 / bids of j
  AlignedBuffer bidder_share;  ///< (n) 1 / bidders on j, itself included
  Index bids;                  ///< that exist: links and n bids on oneself
};

}  // namespace gbid::bid_matrix
