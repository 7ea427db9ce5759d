// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <Eigen/Core>
#include <algorithm>

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

/// The part of a product that one task computes.
struct Tile {
  Index rows, columns;
};

/// Large enough that packing the factors again for every tile costs less than a tenth (n = 1000: 66
/// GFLOP/s in tiles of 256 x 256, 73 whole; n = 250: 70 in tiles of 64 x 128, 79 whole), small
/// enough that 16 threads share n = 500 and above. Below 128 a product takes less than 60
/// microseconds.
constexpr Tile tile_of(Index size) {
  if (size <= 128) return {128, 128};
  if (size <= 256) return {64, 128};
  if (size <= 512) return {128, 128};
  return {256, 256};
}

/// Calls body(first_row, rows, first_column, columns) for every tile of a matrix, on as many threads
/// as there are.
template <class Body>
void for_tiles(Index rows, Index columns, Tile tile, const Body& body) {
  const Index across = block_count(columns, tile.columns);
  for_blocks(block_count(rows, tile.rows) * across, 1, [&](Index k, Index, Index) {
    const Index i = k / across * tile.rows, j = k % across * tile.columns;
    body(i, std::min(tile.rows, rows - i), j, std::min(tile.columns, columns - j));
  });
}

/// C = A B for Eigen expressions, in fixed tiles of C (same bits for any number of threads). 2 m n k
/// flops.
template <class C, class A, class B>
void product(C&& c, const A& a, const B& b) {
  for_tiles(c.rows(), c.cols(), tile_of(std::max(c.rows(), c.cols())),
            [&](Index i, Index rows, Index j, Index columns) {
              c.block(i, j, rows, columns).noalias() =
                  a.middleRows(i, rows) * b.middleCols(j, columns);
            });
}

/// C += A B; otherwise as `product`.
template <class C, class A, class B>
void add_product(C&& c, const A& a, const B& b) {
  for_tiles(c.rows(), c.cols(), tile_of(std::max(c.rows(), c.cols())),
            [&](Index i, Index rows, Index j, Index columns) {
              c.block(i, j, rows, columns).noalias() +=
                  a.middleRows(i, rows) * b.middleCols(j, columns);
            });
}

}  // namespace gbid
