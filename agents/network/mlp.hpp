// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <vector>

#include "agents/network/batch.hpp"
#include "agents/network/kind.hpp"

namespace gbid {

/// A linear map beside the layers.
enum class Skip { kNone, kLinear };

/// A multi-layer perceptron, for a batch of samples at once: rows are samples.
///   h_0 = x,  h_{l+1} = activation(h_l W_l + b_l),  y = h_last W + b (+ x S with a skip)
/// A row of parameters is W_0 (inputs x outputs, row-major), b_0, W_1, ..., S. Stateless: the caller
/// keeps parameters and activations, so that one object serves all agents and threads.
/// One sample takes loops of its own, which add the bias first; products over several samples add it
/// last, so that the last digits of a sample may differ between the two. T is double or float.
template <class T>
class Mlp {
 public:
  Mlp(Index inputs, const MlpKind& kind, Index outputs, Skip skip = Skip::kNone);

  Index inputs() const { return layers_.front().inputs; }
  Index outputs() const { return layers_.back().outputs; }
  const std::vector<Layer>& layers() const { return layers_; }
  bool has_skip() const { return has_skip_; }
  Index skip_weights() const { return layers_.back().end(); }  ///< offset of S
  Index parameter_count() const { return parameter_count_; }
  /// Values that `forward` leaves for `pull_back`: all hidden layers, before their activation, too,
  /// where its slope asks for that.
  Index activation_count(Index samples) const { return samples * activation_width_; }
  /// Values that `pull_back` works on.
  Index scratch_count(Index samples) const { return 2 * samples * widest_; }
  /// Multiply-adds of `forward` for one sample: every weight once; biases are few.
  double multiply_adds() const { return static_cast<double>(parameter_count_); }

  /// @param x (samples x inputs). @param activations written. @param y (samples x outputs).
  void forward(const T* parameters, const ConstRows<T>& x, T* activations, Rows<T> y) const;

  /// Overwrites `gradient` with d/d parameters of the sum over samples of y . d_y, given the
  /// activations of the last `forward`. x is taken as given: no gradient flows back through it.
  void pull_back(const T* parameters, const ConstRows<T>& x, const T* activations,
                 const ConstRows<T>& d_y, T* gradient, T* scratch) const;

 private:
  /// Values that a hidden layer keeps per sample.
  Index kept_width(const Layer& layer) const {
    return slope_needs_input(layer.activation) ? 2 * layer.outputs : layer.outputs;
  }
  void forward_one(const T* parameters, const T* x, T* activations, T* y) const;
  void pull_back_one(const T* parameters, const T* x, const T* activations, const T* d_y,
                     T* gradient, T* scratch) const;

  std::vector<Layer> layers_;
  bool has_skip_;
  Index parameter_count_, activation_width_ = 0, widest_ = 0;
};

}  // namespace gbid
