// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <vector>

#include "agents/network/batch.hpp"
#include "scenarios/layered_flow/config.hpp"

namespace gbid::layered_flow {

/// One layer of neurons. A neuron's row of parameters is its flows, its weights and its bias, each
/// part padded with zeros.
struct Layer {
  Index inputs, outputs;
  Index first_agent;  ///< number of its first neuron
  Activation activation;

  Index capacity() const { return padded_columns(inputs); }  ///< of a row of connections
  Index weights() const { return capacity(); }               ///< offsets in a neuron's row
  Index bias() const { return 2 * capacity(); }
  Index parameters() const { return bias() + 1; }
  Index connections() const { return inputs * outputs; }
};

/// Sizes of a market.
struct Shape {
  Shape(const MarketConfig& config, Index pixel_count, Index class_count);

  Index pixels, classes, batch;
  std::vector<Layer> layers;

  Index agents() const { return layers.back().first_agent + layers.back().outputs; }
  double connections() const;
  /// Multiply-adds of one training step in which the layer has `open` connections: forward, back
  /// to the weights, and, above the first layer, back to what it reads.
  double multiply_adds(std::size_t layer, Index open) const {
    return static_cast<double>(open) * static_cast<double>(batch) * (layer == 0 ? 2.0 : 3.0);
  }
  double dense_multiply_adds() const;
};

}  // namespace gbid::layered_flow
