// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/math/m_matrix.hpp"

#include <oneapi/tbb/parallel_invoke.h>

#include <cmath>

#include "engine/math/ordered_product.hpp"
#include "engine/math/pack.hpp"
#include "engine/math/product.hpp"

namespace gbid {
namespace {

// Below this size the recursion's products cost more in overhead than they gain.
constexpr Index kBaseCase = 32;
// From this size on, two products that do not need each other are worth two threads: 8 microseconds.
constexpr Index kSideBySide = 128;

/// Both, side by side where there is another thread.
template <class First, class Second>
void do_both(Index size, const First& first, const Second& second) {
  if (size < kSideBySide || tbb::this_task_arena::max_concurrency() == 1) {
    first();
    second();
    return;
  }
  // Isolated, as in for_blocks.
  tbb::this_task_arena::isolate([&] { tbb::parallel_invoke(first, second); });
}

/// Gauss-Jordan elimination in place on rows and columns [first, first + size). After step k the
/// tableau holds the inverse of the leading block, its products with the off-diagonal blocks, and
/// the Schur complement: all >= 0. `first` is a multiple of kLanes; columns are swept in whole
/// vectors, up to `end`, the padded end of the block.
Index eliminate(PaddedMatrix& m, double* slack, Index first, Index size) {
  const Index last = first + size;
  const Index end = first + (size + kLanes - 1) / kLanes * kLanes;
  for (Index i = first; i < last; ++i) m(i, i) = 0.0;
  for (Index k = first; k < last; ++k) {
    double* pivot_row = m.row(k);
    double pivot = slack[k];
    for (Index j = k + 1; j < last; ++j) pivot += pivot_row[j];
    if (!(pivot > 0.0) || !std::isfinite(pivot)) return k;
    const double inverse = 1.0 / pivot;
    pivot_row[k] = 0.0;
    for (Index j = first; j < end; j += kLanes) store(pivot_row + j, load(pivot_row + j) * inverse);
    const double pivot_slack = slack[k] * inverse;
    for (Index i = first; i < last; ++i) {
      if (i == k) continue;
      double* row = m.row(i);
      const double factor = row[k];
      row[k] = 0.0;
      const Pack wide = broadcast(factor);
      for (Index j = first; j < end; j += kLanes)
        store(row + j, multiply_add(wide, load(pivot_row + j), load(row + j)));
      row[k] = factor * inverse;
      if (i > k) {
        slack[i] += factor * pivot_slack;
        row[i] = 0.0;  // the diagonal of the Schur complement lives in the slack
      }
    }
    pivot_row[k] = inverse;
  }
  return -1;
}

/// `kept` is room for the slacks that this level and the levels below must remember: at most 2 size
/// values.
Index invert_block(PaddedMatrix& m, double* slack, double* kept, PaddedMatrix& spare_matrix,
                   Index first, Index size) {
  if (size <= kBaseCase) return eliminate(m, slack, first, size);
  const Index n1 = (size / 2 + kLanes - 1) / kLanes * kLanes;
  const Index n2 = size - n1, second = first + n1;
  auto all = as_eigen(m);
  auto off12 = all.block(first, second, n1, n2);
  auto off21 = all.block(second, first, n2, n1);
  auto a11 = all.block(first, first, n1, n1);
  auto a22 = all.block(second, second, n2, n2);
  auto spare = as_eigen(spare_matrix).block(second, first, n2, n1);
  auto spare12 = as_eigen(spare_matrix).block(first, second, n1, n2);

  // 1. X = A11^-1, whose slack includes the flow to the second block.
  Eigen::Map<Eigen::VectorXd> w1(slack + first, n1), w2(slack + second, n2);
  Eigen::Map<Eigen::VectorXd> w1_kept(kept, n1);
  w1_kept = w1;
  w1 += off12.rowwise().sum();
  if (const Index bad = invert_block(m, slack, kept + n1, spare_matrix, first, n1); bad >= 0)
    return bad;
  // 2. Y = off21 X, then the Schur complement and its slack.
  product(spare, off21, a11);
  add_product(a22, spare, off12);
  w2.noalias() += spare * w1_kept;
  // 3. The inverse of the Schur complement.
  if (const Index bad = invert_block(m, slack, kept + n1, spare_matrix, second, n2); bad >= 0)
    return bad;
  // 4. B12 = X off12 B22, B21 = B22 Y, B11 = X + X off12 B21.
  do_both(
      size, [&] { product(spare12, a11, off12); }, [&] { product(off21, a22, spare); });
  do_both(
      size, [&] { product(off12, spare12, a22); }, [&] { add_product(a11, spare12, off21); });
  return -1;
}

}  // namespace

Index invert_m_matrix(PaddedMatrix& matrix, MMatrixWorkspace& workspace, PaddedMatrix& spare) {
  if (matrix.rows() <= kSmallProduct)
    return eliminate(matrix, workspace.slack.data(), 0, matrix.rows());
  return invert_block(matrix, workspace.slack.data(), workspace.kept.data(), spare, 0,
                      matrix.rows());
}

}  // namespace gbid
