// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "agents/network/network.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/math/vector_math.hpp"

namespace gbid {
namespace {

using Weights =
    Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
using WeightsOut =
    Eigen::Map<Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
using Vector = Eigen::Map<const Eigen::VectorXd>;
using VectorOut = Eigen::Map<Eigen::VectorXd>;

}  // namespace

double activate(Activation activation, double x) {
  switch (activation) {
    case Activation::kTanh:
      return tanh(broadcast(x))[0];
    case Activation::kRelu:
      return x > 0.0 ? x : 0.0;
    case Activation::kGelu:
      return 0.5 * x * std::erfc(-x * std::numbers::sqrt2 / 2.0);
    case Activation::kIdentity:
      break;
  }
  return x;
}

double activation_slope(Activation activation, double x) {
  switch (activation) {
    case Activation::kTanh: {
      const double y = tanh(broadcast(x))[0];
      return 1.0 - y * y;
    }
    case Activation::kRelu:
      return x > 0.0 ? 1.0 : 0.0;
    case Activation::kGelu: {
      const double density =
          std::exp(-0.5 * x * x) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
      return 0.5 * std::erfc(-x * std::numbers::sqrt2 / 2.0) + x * density;
    }
    case Activation::kIdentity:
      break;
  }
  return 1.0;
}

Network::Network(const NetworkKind& kind, Index inputs, Index outputs)
    : is_table_(std::holds_alternative<Table>(kind)) {
  sizes_.push_back(inputs);
  if (is_table_) {
    sizes_.push_back(outputs);
    parameter_count_ = outputs;
    return;
  }
  const Mlp& mlp = std::get<Mlp>(kind);
  activation_ = mlp.activation;
  sizes_.insert(sizes_.end(), mlp.hidden.begin(), mlp.hidden.end());
  sizes_.push_back(outputs);
  activation_count_ = inputs;
  for (std::size_t l = 1; l < sizes_.size(); ++l) {
    parameter_count_ += sizes_[l] * sizes_[l - 1] + sizes_[l];
    if (l + 1 < sizes_.size()) activation_count_ += 2 * sizes_[l];
  }
}

Index Network::widest_layer() const { return *std::max_element(sizes_.begin(), sizes_.end()); }

void Network::initialise(Stream& stream, const double* start, double* parameters) const {
  if (is_table_) {
    std::copy_n(start, outputs(), parameters);
    return;
  }
  double* next = parameters;
  for (std::size_t l = 1; l < sizes_.size(); ++l) {
    const double width = 1.0 / std::sqrt(static_cast<double>(sizes_[l - 1]));
    for (Index k = 0; k < sizes_[l] * sizes_[l - 1]; ++k)
      *next++ = (2.0 * stream.uniform() - 1.0) * width;
    for (Index k = 0; k < sizes_[l]; ++k) *next++ = l + 1 == sizes_.size() ? start[k] : 0.0;
  }
}

void Network::forward(const double* parameters, double* activations, double* raw) const {
  if (is_table_) {
    std::copy_n(parameters, outputs(), raw);
    return;
  }
  const double* input = activations;
  double* next = activations + sizes_[0];
  for (std::size_t l = 1; l < sizes_.size(); ++l) {
    const Index rows = sizes_[l], columns = sizes_[l - 1];
    const bool is_last = l + 1 == sizes_.size();
    double* before = is_last ? raw : next;
    VectorOut(before, rows) = Vector(parameters + rows * columns, rows);
    VectorOut(before, rows).noalias() +=
        Weights(parameters, rows, columns) * Vector(input, columns);
    parameters += rows * columns + rows;
    if (is_last) break;
    double* after = before + rows;
    for (Index k = 0; k < rows; ++k) after[k] = activate(activation_, before[k]);
    input = after;
    next = after + rows;
  }
}

void Network::pull_back(const double* parameters, const double* activations,
                        const double* raw_gradient, double* gradient, double* scratch) const {
  if (is_table_) {
    std::copy_n(raw_gradient, outputs(), gradient);
    return;
  }
  const Index widest = widest_layer();
  double *above = scratch, *below = scratch + widest;
  std::copy_n(raw_gradient, outputs(), above);
  Index parameter_end = parameter_count_, activation_end = activation_count_;
  for (std::size_t l = sizes_.size() - 1; l >= 1; --l) {
    const Index rows = sizes_[l], columns = sizes_[l - 1];
    const Index first = parameter_end - rows * columns - rows;
    // The layer's input: the observation, or the activated values of the layer below.
    const double* input = activations + activation_end - columns;
    WeightsOut(gradient + first, rows, columns).noalias() =
        Vector(above, rows) * Vector(input, columns).transpose();
    std::copy_n(above, rows, gradient + first + rows * columns);
    if (l == 1) break;
    VectorOut(below, columns).noalias() =
        Weights(parameters + first, rows, columns).transpose() * Vector(above, rows);
    const double* before = input - columns;
    for (Index k = 0; k < columns; ++k) below[k] *= activation_slope(activation_, before[k]);
    std::swap(above, below);
    parameter_end = first;
    activation_end -= 2 * columns;
  }
}

}  // namespace gbid
