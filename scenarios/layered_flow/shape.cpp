// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/layered_flow/shape.hpp"

namespace gbid::layered_flow {

Shape::Shape(const MarketConfig& config, Index pixel_count, Index class_count)
    : pixels(pixel_count), classes(class_count), batch(config.batch) {
  Index inputs = pixels, agent = 0;
  for (const Index outputs : config.hidden) {
    layers.push_back({inputs, outputs, agent, config.activation});
    inputs = outputs;
    agent += outputs;
  }
  layers.push_back({inputs, classes, agent, Activation::kIdentity});
}

double Shape::connections() const {
  double total = 0.0;
  for (const Layer& layer : layers) total += static_cast<double>(layer.connections());
  return total;
}

double Shape::dense_multiply_adds() const {
  double total = 0.0;
  for (std::size_t l = 0; l < layers.size(); ++l)
    total += multiply_adds(l, layers[l].connections());
  return total;
}

}  // namespace gbid::layered_flow
