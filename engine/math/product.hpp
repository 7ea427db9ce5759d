// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <Eigen/Core>

#include "engine/core/padded_matrix.hpp"
#include "engine/stepping/blocks.hpp"

namespace gbid {

/// A matrix as Eigen sees it: the same numbers, without the padding.
using MatrixMap = Eigen::Map<Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>,
                             Eigen::Aligned32, Eigen::OuterStride<>>;
using ConstMatrixMap =
    Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>,
               Eigen::Aligned32, Eigen::OuterStride<>>;

inline MatrixMap as_eigen(PaddedMatrix& matrix) {
  return MatrixMap(matrix.row(0), matrix.rows(), matrix.columns(),
                   Eigen::OuterStride<>(matrix.stride()));
}
inline ConstMatrixMap as_eigen(const PaddedMatrix& matrix) {
  return ConstMatrixMap(matrix.row(0), matrix.rows(), matrix.columns(),
                        Eigen::OuterStride<>(matrix.stride()));
}

/// Rows of a product that one task computes: large enough that packing the right factor again costs
/// a few per cent, small enough that two threads share n = 1000 evenly.
inline constexpr Index kProductRows = 128;

/// C = A B for Eigen expressions, split over rows of C in fixed blocks (same bits for any number of
/// threads). 2 m n k flops.
template <class C, class A, class B>
void product(C&& c, const A& a, const B& b) {
  for_blocks(c.rows(), kProductRows, [&](Index, Index begin, Index end) {
    c.middleRows(begin, end - begin).noalias() = a.middleRows(begin, end - begin) * b;
  });
}

/// C += A B; otherwise as `product`.
template <class C, class A, class B>
void add_product(C&& c, const A& a, const B& b) {
  for_blocks(c.rows(), kProductRows, [&](Index, Index begin, Index end) {
    c.middleRows(begin, end - begin).noalias() += a.middleRows(begin, end - begin) * b;
  });
}

}  // namespace gbid
