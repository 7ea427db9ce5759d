// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// How parameters start. Every function draws from the stream in a fixed order, computes in double
// and rounds once.
#pragma once

#include "agents/network/mlp.hpp"
#include "engine/random/stream.hpp"

namespace gbid {

/// Uniform in (-bound, bound).
template <class T>
void fill_uniform(Stream& stream, double bound, T* values, Index count) {
  for (Index k = 0; k < count; ++k)
    values[k] = static_cast<T>(bound * (2.0 * stream.uniform() - 1.0));
}

/// Normal with this standard deviation, redrawn where it falls beyond two of them.
double truncated_normal(Stream& stream, double deviation);

template <class T>
void fill_truncated_normal(Stream& stream, double deviation, T* values, Index count) {
  for (Index k = 0; k < count; ++k) values[k] = static_cast<T>(truncated_normal(stream, deviation));
}

/// Weights uniform in (-1, 1) / sqrt(inputs of the layer), biases zero but for the last, which is
/// `start`: the network starts near these outputs. A layer's weights are drawn output by output.
template <class T>
void initialise_near(const Mlp<T>& network, Stream& stream, const double* start, T* parameters);
/// A table starts at `start` itself.
template <class T>
void initialise_near(const Table& table, Stream&, const double* start, T* parameters) {
  for (Index k = 0; k < table.outputs(); ++k) parameters[k] = static_cast<T>(start[k]);
}

/// Hidden layers that bend all over [-1, 1], outputs that start small, and no skip: the first layer
/// is uniform with slopes up to 1.5 and shifts up to 1, further ones keep the signal's variance.
template <class T>
void initialise_bending(const Mlp<T>& network, Stream& stream, T* parameters);

double start_deviation(Init init, Index inputs);
double start_bias(Init init);

/// Layer after layer, weights and then biases.
template <class T>
void initialise_normal(const std::vector<Layer>& layers, Init init, Stream& stream, T* parameters);

}  // namespace gbid
