// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/math/ordered_product.hpp"

#include <array>

#include "engine/math/pack.hpp"

namespace gbid {
namespace {

/// Rows and Packs of C whose sums are in registers at once.
constexpr Index kTileRows = 4;

/// Rows [i, i + R) and P packs of C from column j on. Strides are between the entries of A.
template <Index R, Index P>
void tile(const double* a, Index row_step, Index sum_step, const double* b, Index b_stride,
          Index length, double* c, Index c_stride) {
  Pack sums[R][P] = {};
  for (Index k = 0; k < length; ++k, a += sum_step, b += b_stride)
    for (Index r = 0; r < R; ++r) {
      const Pack left = broadcast(a[r * row_step]);
      for (Index p = 0; p < P; ++p)
        sums[r][p] = multiply_add(left, load(b + p * kLanes), sums[r][p]);
    }
  for (Index r = 0; r < R; ++r)
    for (Index p = 0; p < P; ++p) store(c + r * c_stride + p * kLanes, sums[r][p]);
}

}  // namespace

void ordered_product(Factor a, Factor b, PaddedMatrix& c) {
  const Index n = c.rows(), stride = c.stride();
  // 1. Rows of B are what is added up: a transposed one is copied.
  alignas(64) std::array<double, kSmallProduct * kSmallProduct> copy;
  const double* right = b.matrix.row(0);
  if (b.is_transposed) {
    for (Index k = 0; k < n; ++k) {
      double* row = copy.data() + k * stride;
      for (Index j = 0; j < n; ++j) row[j] = b.matrix(j, k);
      for (Index j = n; j < stride; ++j) row[j] = 0.0;
    }
    right = copy.data();
  }
  // 2. Tiles.
  const double* left = a.matrix.row(0);
  const Index row_step = a.is_transposed ? 1 : stride, sum_step = a.is_transposed ? stride : 1;
  const auto strip = [&]<Index P>(Index j) {
    Index i = 0;
    for (; i + kTileRows <= n; i += kTileRows)
      tile<kTileRows, P>(left + i * row_step, row_step, sum_step, right + j, stride, n,
                         c.row(i) + j, stride);
    for (; i < n; ++i)
      tile<1, P>(left + i * row_step, row_step, sum_step, right + j, stride, n, c.row(i) + j,
                 stride);
  };
  Index j = 0;
  for (; j + 2 * kLanes <= stride; j += 2 * kLanes) strip.template operator()<2>(j);
  if (j < stride) strip.template operator()<1>(j);
}

}  // namespace gbid
