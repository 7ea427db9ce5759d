// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <vector>

#include "engine/core/padded_matrix.hpp"
#include "scenarios/bid_matrix/sparse/edge_graph.hpp"

namespace gbid::bid_matrix::sparse {

/// Solves with A = I - W + diag W, whose inverse B holds the expected visits of an absorbing walk over
/// the bids, and with its transpose, without B.
///
/// Neumann steps x += r, r = rhs - A x, each followed by a step along the slowest direction y, which
/// removes what the residual has of it: for A along 1 by y'Wr / y'w, for A' along y by 1'W'r / w'y, with w =
/// diag W = A 1. y should be near the left Perron vector of W: the last solution of A'. Where
/// kNeumannProducts of them are not enough, BiCGSTAB goes on (van der Vorst, 1992).
///
/// The tolerance bounds the error, not the residual: B >= 0 and B w = 1, so that
///   |x - B rhs|_i <= max_k |r_k| / w_k            <= tolerance x max_i |x_i|
///   sum_i |x - B' rhs|_i <= sum_k b_k |r_k|       <= tolerance x sum_i |x_i|,   b = B 1.
/// Up to two right-hand sides are solved at once, interleaved: a cache line serves both.
/// The same bits at any number of threads.
class WalkSolver {
 public:
  WalkSolver(std::shared_ptr<const EdgeGraph> graph, double tolerance);

  /// The bids to solve with from now on.
  /// @param self (agents) w. @param by_row (edges). @param by_column (edges - agents), as in_edge says.
  /// @throws NumericError naming an agent that bids nothing on itself.
  void take(const double* self, const double* by_row, const double* by_column);
  /// y (agents), from now on; 1 at the start.
  AlignedBuffer& direction() { return direction_; }

  /// x = B rhs, from x on. @param rhs, x (agents x K).
  /// @throws NumericError if the tolerance is not reached.
  template <int K>
  void solve(const double* rhs, double* x);
  /// x = B' rhs, from x on. @param row_sums b, every K-th of these.
  template <int K>
  void solve_transposed(const double* rhs, double* x, const double* row_sums);

  /// Products with W or its transpose so far, one for up to two vectors.
  Index products() const { return products_; }

  static constexpr Index kNeumannProducts = 30, kMostProducts = 4000;
  /// Without those of BiCGSTAB, which are there once it has been needed.
  static double bytes(double agents);
  static double fallback_bytes(double agents);

 private:
  struct Slot;
  template <int K, bool T>
  void run(const double* rhs, double* x, const double* row_sums);
  template <bool T>
  void go_on(const double* rhs, double* x, Index stride, const double* row_sums, Index b_stride);
  template <int K, bool T>
  void product(const double* x, Index i, double* sums) const;
  void require_direction();

  std::shared_ptr<const EdgeGraph> graph_;
  double tolerance_;
  Index n_;
  bool is_far_;  // vectors do not stay in the cache
  const double *self_ = nullptr, *by_row_ = nullptr, *by_column_ = nullptr;
  AlignedBuffer direction_, through_;  // y and W'y
  double along_ = 0.0;                 // y'w
  bool has_through_ = false;
  AlignedBuffer spare_;  // (agents x 2)
  std::vector<AlignedBuffer> fallback_;
  std::vector<double> slots_;  // what blocks of agents found
  Index products_ = 0;
};

}  // namespace gbid::bid_matrix::sparse
