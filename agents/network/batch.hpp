// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Batches of samples through dense layers: rows are samples, all matrices row-major. T is float or
// double.
#pragma once

#include <Eigen/Core>

#include "agents/network/network.hpp"
#include "engine/core/padded_matrix.hpp"

namespace gbid {

/// A row-major block (rows x columns) of somebody's memory, `stride` values from row to row.
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

/// Values that a row of parameters or outputs is padded to: one cache line of floats. What stands
/// behind the last column stays zero, so that products run over whole vectors.
constexpr Index padded_columns(Index columns) { return (columns + 15) / 16 * 16; }

/// y = activation(y) in place, over `count` values. tanh, relu and identity only: their slope
/// follows from their value.
template <class T>
void activate_in_place(Activation, T* y, Index count);

/// gradient *= activation'(x), given y = activation(x). relu'(0) = 0.
template <class T>
void multiply_by_slope(Activation, const T* y, T* gradient, Index count);

/// y = activation(x W + b) for some rows. @param x (rows x inputs). @param y (rows x outputs).
/// 2 x rows x inputs x outputs flops.
template <class T>
void dense_forward(const ConstRows<T>& x, const ConstRows<T>& weights, const T* bias,
                   Activation activation, Rows<T> y);

/// What a cross-entropy adds up to over some rows.
struct LossSum {
  double loss = 0.0;  ///< sum of -log p(label), natural logarithm
  Index correct = 0;  ///< rows whose largest logit is the label's (ties: the first)
};

/// Softmax cross-entropy of rows of logits (rows x classes, `stride` apart), and in their place
/// `scale` x d(sum of losses)/d logits = scale x (p - [label]). Columns behind `classes` become
/// zero.
template <class T>
LossSum softmax_cross_entropy(T* logits, Index rows, Index classes, Index stride,
                              const std::uint8_t* labels, T scale);

}  // namespace gbid
