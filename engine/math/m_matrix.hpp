// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "engine/core/padded_matrix.hpp"

namespace gbid {

/// Row slack and scratch space of `invert_m_matrix`, so that repeated inverses allocate nothing.
struct MMatrixWorkspace {
  MMatrixWorkspace() = default;
  explicit MMatrixWorkspace(Index size) : slack(size), kept(2 * size) {}
  AlignedBuffer slack;  ///< (n) in: the row sums of A; overwritten
  AlignedBuffer kept;
};

/// Inverse of a row diagonally dominant M-matrix, without a single subtraction, so that every entry
/// keeps its relative accuracy however badly the matrix is conditioned.
///
/// The matrix is given by the magnitudes of its off-diagonal entries and the slack of every row:
///   A_ij = -off_ij for i != j,   A_ii = slack_i + sum_{j != i} off_ij.
/// Two-by-two recursion: with X = A11^-1 (whose slack is w1 + the row sums of off12) the Schur
/// complement of A11 has off-diagonals off22 + off21 X off12 and slack w2 + off21 X w1; all updates
/// are products and additions.
///
/// @param matrix (n x n) in: off-diagonal magnitudes, >= 0, the diagonal is ignored; out: the
/// inverse, >= 0.
/// @param workspace its `slack` holds the row sums of A, >= 0. @param spare (n x n) overwritten.
/// @return -1, or the first row whose pivot is zero or not finite (the matrix is singular; contents
/// undefined). 2 n^3 flops, for n > 32 nearly all of them in matrix products. Same bits for any
/// number of threads. Source: W. K. Grassmann, M. I. Taksar, D. P. Heyman, Operations Research
/// 33(5), 1985.
Index invert_m_matrix(PaddedMatrix& matrix, MMatrixWorkspace& workspace, PaddedMatrix& spare);

}  // namespace gbid
