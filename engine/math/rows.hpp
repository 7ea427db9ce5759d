// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Dense products of row-major blocks. T is float or double.
#pragma once

#include <Eigen/Core>

#include "engine/core/padded_matrix.hpp"

namespace gbid {

/// A row-major block (rows x columns) of the caller's memory, `stride` values from row to row.
template <class T>
using Rows = Eigen::Map<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>,
                        Eigen::Unaligned, Eigen::OuterStride<>>;
template <class T>
using ConstRows =
    Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>,
               Eigen::Unaligned, Eigen::OuterStride<>>;

template <class T>
Rows<T> rows_of(T* data, Index rows, Index columns, Index stride) {
  return Rows<T>(data, rows, columns, Eigen::OuterStride<>(stride));
}
template <class T>
ConstRows<T> rows_of(const T* data, Index rows, Index columns, Index stride) {
  return ConstRows<T>(data, rows, columns, Eigen::OuterStride<>(stride));
}

/// What becomes of the block that a product is written to.
enum class Into { kOverwrite, kAdd };

/// C = A B, or C += A B. 2 m n k flops by one thread, like the others. No factor overlaps C.
/// Compiled once, in rows.cpp: products are the dearest thing that there is to compile.
template <class T>
void multiply(const ConstRows<T>& a, const ConstRows<T>& b, Rows<T> c, Into = Into::kOverwrite);
/// C = A' B, or C += A' B.
template <class T>
void multiply_tn(const ConstRows<T>& a, const ConstRows<T>& b, Rows<T> c, Into = Into::kOverwrite);
/// C = A B', or C += A B'.
template <class T>
void multiply_nt(const ConstRows<T>& a, const ConstRows<T>& b, Rows<T> c, Into = Into::kOverwrite);

}  // namespace gbid
