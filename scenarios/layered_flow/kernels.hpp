// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Products with sparse matrices that change every step. Samples lie side by side in the vector
// lanes: a matrix of activations is (features x samples), row-major.
#pragma once

#include <cstdint>

#include "engine/core/padded_matrix.hpp"

namespace gbid::layered_flow {

/// Samples come in whole groups of this many: one cache line of floats.
inline constexpr Index kSampleGroup = 16;
constexpr Index padded_samples(Index samples) {
  return (samples + kSampleGroup - 1) / kSampleGroup * kSampleGroup;
}

/// Values from one row of activations to the next: an odd number of cache lines, so that a block of
/// a few columns spreads over all sets of a cache.
template <class T>
constexpr Index sample_stride(Index samples) {
  constexpr Index kLine = 64 / static_cast<Index>(sizeof(T));
  const Index lines = padded_samples(samples) / kLine;
  return (lines % 2 == 0 ? lines + 1 : lines) * kLine;
}

/// The nonzeros of a matrix, row by row, columns ascending; row r begins at r x capacity.
template <class T>
struct SparseRows {
  const std::int32_t* columns;
  const T* values;
  const Index* counts;
  Index capacity;
};

/// Y = A X for rows [begin, end) of A and a block of samples.
/// @param x, y first sample of the block in row 0. @param samples a multiple of kSampleGroup.
/// 2 x nonzeros x samples flops.
template <class T>
void sparse_product(const SparseRows<T>& a, Index begin, Index end, const T* x, Index x_stride,
                    T* y, Index y_stride, Index samples);

/// out[k] = <y, row columns[k] of X>: the entries of Y X' that are asked for.
/// @param samples a multiple of kSampleGroup. 2 x count x samples flops.
template <class T>
void sampled_products(const T* y, const T* x, Index x_stride, Index samples,
                      const std::int32_t* columns, Index count, T* out);

}  // namespace gbid::layered_flow
