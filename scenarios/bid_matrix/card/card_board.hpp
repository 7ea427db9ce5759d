// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Arithmetic of a device, and the memory of one market there.
#pragma once

#include <cmath>

#include "scenarios/bid_matrix/card/card_game.hpp"

#if defined(__CUDACC__)
#define GBID_CARD __device__ __forceinline__
#define GBID_CARD_UNROLL _Pragma("unroll")
#else
#define GBID_CARD inline
#define GBID_CARD_UNROLL
#endif

namespace gbid::bid_matrix {

/// 1 / x to about one unit in the last place, of numbers that are neither tiny nor infinite.
GBID_CARD double card_reciprocal(double x) {
#if defined(__CUDA_ARCH__)
  double r;
  asm("rcp.approx.ftz.f64 %0, %1;" : "=d"(r) : "d"(x));
  const double error = fma(-x, r, 1.0);
  return fma(r, fma(error, error, error), r);
#else
  return 1.0 / x;
#endif
}

/// Whether a number is neither infinite nor undefined.
GBID_CARD bool card_is_finite(double x) { return x - x == 0.0; }

/// sqrt(x) to about one unit in the last place, of numbers that are neither negative nor infinite.
GBID_CARD double card_square_root(double x) {
#if defined(__CUDA_ARCH__)
  constexpr double kAboveZero = 1e-290;  // whose reciprocal root is finite
  double r;
  asm("rsqrt.approx.ftz.f64 %0, %1;" : "=d"(r) : "d"(x + kAboveZero));
  const double error = fma(-x * r, r, 1.0);
  return x * fma(r * error, fma(0.375, error, 0.5), r);
#else
  return std::sqrt(x);
#endif
}

/// The memory of one market that its threads share.
struct CardBoard {
  double *bids, *inverse, *z, *t, *out, *masks;                // (n x n), rows `stride` apart
  double *raw, *first, *second;                                // (n x n), as in CardState
  double *totals, *sums, *row_sums, *reciprocal, *visit_sums;  // (n)
  double *slack, *updates, *p, *q, *column, *dot_p, *x, *kappa, *v, *work;  // (n)
  double* movers;                                                           // (4 n)
  double* prepared;   // (4 a term) what rankings take from the column sums
  double* constants;  // of the trial, where they lie here

  /// @param memory zeros, CardShape::values of them.
  GBID_CARD CardBoard(double* memory, const CardShape& shape) {
    const auto take = [&](int values) {
      double* const at = memory;
      memory += values;
      return at;
    };
    const int size = shape.size, matrix = size * shape.stride;
    bids = take(matrix);
    inverse = take(matrix);
    z = take(shape.has_all_rows ? matrix : 0);
    t = take(shape.has_all_rows ? matrix : 0);
    out = take(shape.has_all_rows ? matrix : 0);
    masks = take(shape.has_masks ? matrix : 0);
    raw = take(shape.has_tables ? size * size : 0);
    first = take(shape.has_tables ? size * size : 0);
    second = take(shape.has_tables ? size * size : 0);
    totals = take(size), sums = take(size), row_sums = take(size), reciprocal = take(size);
    visit_sums = take(size), slack = take(size), updates = take(size), p = take(size);
    q = take(size), column = take(size), dot_p = take(size), x = take(size);
    kappa = take(size), v = take(size), work = take(size);
    movers = take(4 * size);
    prepared = take(CardShape::kPrepared * CardGame::kMostTerms);
    constants = take(shape.constant_count);
  }

  /// Raw bids and moments in a trial's row of states, where they do not fit here.
  GBID_CARD void use_tables(double* state, int agents) {
    const CardState at(agents);
    raw = state + at.raw();
    first = state + at.moment(0);
    second = state + at.moment(1);
  }
};

}  // namespace gbid::bid_matrix
