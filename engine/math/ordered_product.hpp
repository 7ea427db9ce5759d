// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "engine/core/padded_matrix.hpp"

namespace gbid {

/// Up to this many rows and columns products are small: sums are taken in one order that kernels of
/// other layouts can follow, and no library is asked.
inline constexpr Index kSmallProduct = 64;

/// A factor as it is, or transposed.
struct Factor {
  const PaddedMatrix& matrix;
  bool is_transposed = false;
};

/// C = A B of square matrices of the same size, at most kSmallProduct:
///   C_ij = sum_k A_ik B_kj, k rising, by one multiply_add each, from zero.
/// @param c is neither factor. 2 n^3 flops by one thread.
void ordered_product(Factor a, Factor b, PaddedMatrix& c);

}  // namespace gbid
