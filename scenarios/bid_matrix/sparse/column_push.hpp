// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <vector>

#include "engine/core/padded_matrix.hpp"
#include "scenarios/bid_matrix/sparse/edge_graph.hpp"

namespace gbid::bid_matrix::sparse {

/// What walks over the bids look like, as far as one column of B = (I - W + diag W)^-1 needs it.
struct Walks {
  const EdgeGraph* graph = nullptr;
  const double* bids = nullptr;      ///< W by columns, see in_edge (edges - agents)
  const double* self = nullptr;      ///< w = diag W (agents)
  const double* row_sums = nullptr;  ///< b = B 1, one every `stride`
  const double* visits = nullptr;    ///< c = B'(1/b), column sums of Q, one every `stride`
  Index stride = 1;
  double total = 0.0;    ///< sum of 1 / b
  double squares = 0.0;  ///< sum of 1 / b^2
};

/// One column of B near its agent: who visits it. A backward push moves residual from an agent to
/// those who bid on it until r_k <= error x w_k everywhere; then B e_i = x + B r with
/// r <= B r <= error. The estimate is x + r and what is left of B r spread evenly: the constant
/// kappa = sum_k (c_k - 1/b_k) r_k / sum_k (1/b_k), which is its mean with weights 1 / b exactly, since
/// A'c = 1/b. The error of every entry stays within [-kappa, error].
/// Source: Andersen, Borgs, Chayes, Hopcroft, Mirrokni and Teng, "Local computation of PageRank
/// contributions", 2007; the thresholds w_k here make the error one of the entries of B.
class ColumnPush {
 public:
  /// @throws NumericError naming the agent after kMostVisits edges.
  void run(const Walks& walks, Index agent, double error);
  /// B_k,agent.
  double at(Index k) const { return entries_[static_cast<std::size_t>(k)].sum() + even_; }
  /// sum_k (B_k,agent / b_k)^2 = (Q'Q)_ii.
  double squares() const { return squares_; }
  /// kappa.
  double even() const { return even_; }

  /// The one that a thread keeps: its room grows to that of the largest market.
  static ColumnPush& of_thread() {
    static thread_local ColumnPush push;
    return push;
  }

  static constexpr Index kMostVisits = 200000000;
  static double bytes(double agents) { return agents * sizeof(Entry); }

 private:
  struct Entry {
    double value = 0.0, residual = 0.0;
    double sum() const { return value + residual; }
  };
  std::vector<Entry> entries_;  // (agents), zero but for those touched
  std::vector<std::int32_t> touched_, queue_;
  double even_ = 0.0, squares_ = 0.0;
};

}  // namespace gbid::bid_matrix::sparse
