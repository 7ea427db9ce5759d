// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>

#include "scenarios/bid_matrix/game.hpp"
#include "scenarios/bid_matrix/sparse/edge_graph.hpp"

namespace gbid::bid_matrix::sparse {

/// Numbers of every edge, held as float32 where that loses nothing and as float64 otherwise.
class EdgeNumbers {
 public:
  EdgeNumbers() = default;
  explicit EdgeNumbers(AlignedBuffer values);
  /// Those of edges begin, begin + 1, ...
  void copy(Index begin, Index count, double* out) const;

 private:
  AlignedBuffer wide_;
  Buffer<float> narrow_;
};

/// The numbers that make one instance of the market on a graph: drawn for a trial or read from
/// files, then never changed.
struct EdgeGame {
  std::shared_ptr<const EdgeGraph> graph;
  EdgeNumbers contribution;  ///< C, of bids that exist
  Game numbers;              ///< alpha alone
};

}  // namespace gbid::bid_matrix::sparse
