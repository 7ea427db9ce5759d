// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/learning/bid_network.hpp"

#include <algorithm>
#include <cmath>

namespace gbid::auctions {
namespace {

using RowVector = Eigen::Map<Eigen::Matrix<double, 1, Eigen::Dynamic>>;

}  // namespace

BidNetwork::BidNetwork(Index inputs, const std::vector<Index>& hidden, Index outputs,
                       Activation activation)
    : sizes_{inputs}, activation_(activation) {
  sizes_.insert(sizes_.end(), hidden.begin(), hidden.end());
  sizes_.push_back(outputs);
  for (std::size_t l = 0; l + 1 < sizes_.size(); ++l)
    parameter_count_ += (sizes_[l] + 1) * sizes_[l + 1];
  parameter_count_ += inputs * outputs;
  for (const Index width : hidden) {
    hidden_width_ += width;
    widest_ = std::max(widest_, width);
  }
}

double BidNetwork::multiply_adds() const {
  return static_cast<double>(parameter_count_);  // every weight once; biases are few
}

void BidNetwork::initialise(Stream& stream, double* parameters) const {
  // Kinks of the first layer: slopes up to 1.5 and shifts up to 1 put them over all of [-1, 1].
  constexpr double kFirstSlope = 1.5, kFirstShift = 1.0, kShift = 0.3, kOutput = 0.1;
  const auto fill = [&](Index count, double bound) {
    for (Index k = 0; k < count; ++k) *parameters++ = bound * (2.0 * stream.uniform() - 1.0);
  };
  for (std::size_t l = 0; l + 1 < sizes_.size(); ++l) {
    const bool is_first = l == 0, is_last = l + 2 == sizes_.size();
    const auto fan_in = static_cast<double>(sizes_[l]);
    // Variance one over the fan-in keeps the signal's size.
    fill(sizes_[l] * sizes_[l + 1], is_last    ? kOutput / std::sqrt(fan_in)
                                    : is_first ? kFirstSlope
                                               : std::sqrt(3.0 / fan_in));
    fill(sizes_[l + 1], is_last ? 0.0 : is_first ? kFirstShift : kShift);
  }
  fill(sizes_.front() * sizes_.back(), 0.0);
}

void BidNetwork::forward(const double* parameters, const ConstRows<double>& x, double* activations,
                         Rows<double> y) const {
  const Index nodes = x.rows();
  const double* below = x.data();
  Index stride = x.outerStride();
  for (std::size_t l = 0; l + 1 < sizes_.size(); ++l) {
    const Index in = sizes_[l], out = sizes_[l + 1];
    const auto h = rows_of(below, nodes, in, stride);
    const auto weights = rows_of(parameters, in, out, out);
    const bool is_last = l + 2 == sizes_.size();
    Rows<double> above = is_last ? y : rows_of(activations, nodes, out, out);
    above.noalias() = h * weights;
    above.rowwise() +=
        Eigen::Map<const Eigen::Matrix<double, 1, Eigen::Dynamic>>(parameters + in * out, out);
    parameters += (in + 1) * out;
    if (is_last) break;
    activate_in_place(activation_, activations, nodes * out);
    below = activations;
    stride = out;
    activations += nodes * out;
  }
  y.noalias() += x * rows_of(parameters, inputs(), outputs(), outputs());
}

void BidNetwork::pull_back(const double* parameters, const ConstRows<double>& x,
                           const double* activations, const ConstRows<double>& d_y,
                           double* gradient, double* scratch) const {
  const Index nodes = x.rows();
  // 1. The straight line, the last of the parameters.
  Index at = parameter_count_ - inputs() * outputs();
  rows_of(gradient + at, inputs(), outputs(), outputs()).noalias() = x.transpose() * d_y;
  // 2. Layers from the last to the first.
  const double* above = d_y.data();
  Index above_stride = d_y.outerStride();
  Index activation_end = nodes * hidden_width_;
  double* next = scratch;
  for (std::size_t l = sizes_.size() - 1; l-- > 0;) {
    const Index in = sizes_[l], out = sizes_[l + 1];
    at -= (in + 1) * out;
    activation_end -= l == 0 ? 0 : nodes * in;
    const auto d_out = rows_of(above, nodes, out, above_stride);
    const auto h = l == 0 ? rows_of(x.data(), nodes, in, x.outerStride())
                          : rows_of(activations + activation_end, nodes, in, in);
    rows_of(gradient + at, in, out, out).noalias() = h.transpose() * d_out;
    RowVector(gradient + at + in * out, out) = d_out.colwise().sum();
    if (l == 0) break;
    auto d_in = rows_of(next, nodes, in, in);
    d_in.noalias() = d_out * rows_of(parameters + at, in, out, out).transpose();
    multiply_by_slope(activation_, h.data(), next, nodes * in);
    above = next;
    above_stride = in;
    next = next == scratch ? scratch + nodes * widest_ : scratch;
  }
}

}  // namespace gbid::auctions
