// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Batches of samples through dense layers: rows are samples, all matrices row-major. T is float or
// double.
#pragma once

#include <vector>

#include "agents/network/activation.hpp"
#include "engine/math/rows.hpp"

namespace gbid {

/// Values that a row of parameters or outputs is padded to: one cache line of floats. What stands
/// behind the last column stays zero, so that products run over whole vectors.
constexpr Index padded_columns(Index columns) { return (columns + 15) / 16 * 16; }

/// y = activation(x W + b) for some rows. @param x (rows x inputs). @param y (rows x outputs).
/// 2 x rows x inputs x outputs flops.
template <class T>
void dense_forward(const ConstRows<T>& x, const ConstRows<T>& weights, const T* bias,
                   Activation activation, Rows<T> y);

/// One dense layer, y = activation(x W + b), and where its parameters lie in an agent's row.
struct Layer {
  Index inputs, outputs;
  Index weights, bias;  ///< offsets of W (inputs x outputs) and of b behind it
  Activation activation;

  Index end() const { return bias + outputs; }
  template <class T>
  ConstRows<T> weights_of(const T* parameters) const {
    return rows_of(parameters + weights, inputs, outputs, outputs);
  }
};

/// Layers one behind the other, the last one without activation, in a row of parameters from
/// `offset` on.
std::vector<Layer> stack_layers(Index inputs, const std::vector<Index>& hidden, Index outputs,
                                Activation activation, Index offset = 0);

/// y of a layer. @param parameters of the agent, from the beginning of its row.
template <class T>
void forward_layer(const Layer& layer, const T* parameters, const ConstRows<T>& x, Rows<T> y) {
  dense_forward<T>(x, layer.weights_of(parameters), parameters + layer.bias, layer.activation, y);
}

/// d_x = d_z W', given d_z before the layer's activation.
template <class T>
void pull_back_to_input(const Layer& layer, const T* parameters, const ConstRows<T>& d_z,
                        Rows<T> d_x) {
  multiply_nt<T>(d_z, layer.weights_of(parameters), d_x);
}

/// Rows [begin, end) of dW = x' d_z, and with the last of them db, the column sums of d_z.
/// @param gradient of the agent, from the beginning of its row; overwritten there.
template <class T>
void pull_back_to_weights(const Layer& layer, const ConstRows<T>& x, const ConstRows<T>& d_z,
                          Index begin, Index end, T* gradient);

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
