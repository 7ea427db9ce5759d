// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Private to the bid-matrix market.
#pragma once

#include <algorithm>

#include "scenarios/bid_matrix/bid_matrix_game.hpp"

namespace gbid::bid_matrix {

/// Agents whose rows one task works on.
inline constexpr Index kAgentRows = 32;
inline constexpr Index kScratchRows = 9;

/// Up to this many rows are cheaper taken one by one (10 n^2 flops each, bound by memory) than all
/// at once (a few matrix products of 2 n^3 flops).
inline Index few(Index agents) { return std::max<Index>(1, agents / 8); }

/// Arrays that no term brings, but that need one, the inter-ranking or the graph.
inline constexpr const char *kMeanUtilityArray = "mean_utility",
                            *kInterRankingArray = "interranking", *kGraphArrays = "graph",
                            *kPushErrorArrays = "push_errors";

/// How a file records what the pushes of market.storage = "edges" are off by; with a matrix they are exact.
std::vector<Variable> push_error_variables();

/// Rows of scratch of one block of agents.
struct BidMatrixGame::Scratch {
  double *mask, *slope, *visits, *spare;
  Partials partials;
  Index stride;

  void clear_row_partials() const {
    std::fill_n(partials.mask, stride, 0.0);
    std::fill_n(partials.bids, stride, 0.0);
    std::fill_n(partials.visits, stride, 0.0);
  }
  void clear_sum_partials() const {
    std::fill_n(partials.bid_sums, stride, 0.0);
    std::fill_n(partials.visit_sums, stride, 0.0);
  }
};

/// One recorded quantity of the market, a value per agent.
struct BidMatrixGame::Measured {
  const TermEntry* entry;
  Term* term;
  bool is_softmax;
  AlignedBuffer values;
};

}  // namespace gbid::bid_matrix
