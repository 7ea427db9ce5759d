// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "agents/network/mlp.hpp"

#include <algorithm>
#include <utility>

namespace gbid {
namespace {

template <class T>
using Vector = Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, 1>>;

/// y += x W for one sample, input after input.
template <class T>
void add_product(const T* x, const T* weights, Index inputs, Index outputs, T* __restrict y) {
  for (Index j = 0; j < inputs; ++j) {
    const T* row = weights + j * outputs;
    for (Index k = 0; k < outputs; ++k) y[k] += x[j] * row[k];
  }
}

/// W = x' d for one sample.
template <class T>
void outer_product(const T* x, const T* d, Index inputs, Index outputs, T* __restrict weights) {
  for (Index j = 0; j < inputs; ++j)
    for (Index k = 0; k < outputs; ++k) weights[j * outputs + k] = x[j] * d[k];
}

}  // namespace

template <class T>
Mlp<T>::Mlp(Index inputs, const MlpKind& kind, Index outputs, Skip skip)
    : layers_(stack_layers(inputs, kind.hidden, outputs, kind.activation)),
      has_skip_(skip == Skip::kLinear),
      parameter_count_(skip_weights() + (has_skip_ ? inputs * outputs : 0)) {
  for (std::size_t l = 0; l + 1 < layers_.size(); ++l) {
    activation_width_ += kept_width(layers_[l]);
    widest_ = std::max(widest_, layers_[l].outputs);
  }
}

template <class T>
void Mlp<T>::forward(const T* parameters, const ConstRows<T>& x, T* activations, Rows<T> y) const {
  const Index samples = x.rows();
  if (samples == 1) return forward_one(parameters, x.data(), activations, y.data());
  const T* below = x.data();
  Index stride = x.outerStride();
  for (const Layer& layer : layers_) {
    const Index out = layer.outputs, count = samples * out;
    const auto h = rows_of(below, samples, layer.inputs, stride);
    if (&layer == &layers_.back()) {
      forward_layer<T>(layer, parameters, h, y);
      break;
    }
    if (slope_needs_input(layer.activation)) {
      Layer linear = layer;
      linear.activation = Activation::kIdentity;
      forward_layer<T>(linear, parameters, h, rows_of(activations, samples, out, out));
      std::copy_n(activations, count, activations + count);
      activations += count;
      activate_in_place(layer.activation, activations, count);
    } else {
      forward_layer<T>(layer, parameters, h, rows_of(activations, samples, out, out));
    }
    below = activations;
    stride = out;
    activations += count;
  }
  if (has_skip_)
    multiply<T>(x, rows_of(parameters + skip_weights(), inputs(), outputs(), outputs()), y,
                Into::kAdd);
}

template <class T>
void Mlp<T>::pull_back(const T* parameters, const ConstRows<T>& x, const T* activations,
                       const ConstRows<T>& d_y, T* gradient, T* scratch) const {
  const Index samples = x.rows();
  if (samples == 1)
    return pull_back_one(parameters, x.data(), activations, d_y.data(), gradient, scratch);
  // 1. The skip.
  if (has_skip_)
    multiply_tn<T>(x, d_y, rows_of(gradient + skip_weights(), inputs(), outputs(), outputs()));
  // 2. Layers from the last to the first.
  const T* above = d_y.data();
  Index above_stride = d_y.outerStride();
  const T* kept = activations + activation_count(samples);
  T *next = scratch, *other = scratch + samples * widest_;
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const Layer& layer = layers_[l];
    const Index in = layer.inputs;
    const auto d_z = rows_of(above, samples, layer.outputs, above_stride);
    if (l == 0) return pull_back_to_weights(layer, x, d_z, 0, in, gradient);
    const Layer& before = layers_[l - 1];
    const auto h = rows_of(kept - samples * in, samples, in, in);
    kept -= samples * kept_width(before);
    pull_back_to_weights(layer, h, d_z, 0, in, gradient);
    pull_back_to_input<T>(layer, parameters, d_z, rows_of(next, samples, in, in));
    multiply_by_slope(before.activation, slope_needs_input(before.activation) ? kept : h.data(),
                      next, samples * in);
    above = next;
    above_stride = in;
    std::swap(next, other);
  }
}

template <class T>
void Mlp<T>::forward_one(const T* parameters, const T* x, T* activations, T* y) const {
  const T* below = x;
  for (const Layer& layer : layers_) {
    const Index out = layer.outputs;
    T* z = &layer == &layers_.back() ? y : activations;
    std::copy_n(parameters + layer.bias, out, z);
    add_product(below, parameters + layer.weights, layer.inputs, out, z);
    if (z == y) break;
    if (slope_needs_input(layer.activation)) {
      std::copy_n(z, out, z + out);
      z += out;
    }
    activate_in_place(layer.activation, z, out);
    below = z;
    activations = z + out;
  }
  if (has_skip_) add_product(x, parameters + skip_weights(), inputs(), outputs(), y);
}

template <class T>
void Mlp<T>::pull_back_one(const T* parameters, const T* x, const T* activations, const T* d_y,
                           T* gradient, T* scratch) const {
  if (has_skip_) outer_product(x, d_y, inputs(), outputs(), gradient + skip_weights());
  const T* above = d_y;
  const T* kept = activations + activation_width_;
  T *next = scratch, *other = scratch + widest_;
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const Layer& layer = layers_[l];
    const Index in = layer.inputs, out = layer.outputs;
    const T* h = l == 0 ? x : kept - in;
    outer_product(h, above, in, out, gradient + layer.weights);
    std::copy_n(above, out, gradient + layer.bias);
    if (l == 0) return;
    const Layer& before = layers_[l - 1];
    kept -= kept_width(before);
    for (Index j = 0; j < in; ++j)
      next[j] = Vector<T>(parameters + layer.weights + j * out, out).dot(Vector<T>(above, out));
    multiply_by_slope(before.activation, slope_needs_input(before.activation) ? kept : h, next, in);
    above = next;
    std::swap(next, other);
  }
}

template class Mlp<float>;
template class Mlp<double>;

}  // namespace gbid
