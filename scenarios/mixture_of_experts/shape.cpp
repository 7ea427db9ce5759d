// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/mixture_of_experts/shape.hpp"

namespace gbid::mixture_of_experts {

Shape::Shape(const MarketConfig& config, Index pixel_count, Index class_count)
    : bidders(config.bidders),
      sellers(config.sellers),
      pixels(pixel_count),
      classes(class_count),
      embedding(config.experts.embedding),
      top_k(config.gating.top_k),
      batch(config.batch),
      score_columns(padded_columns(2 * config.sellers)),
      class_columns(padded_columns(class_count)),
      self_weight(pixels * score_columns),
      head_weights(padded_columns(self_weight + 1)),
      head_bias(head_weights + embedding * class_columns),
      bidder_parameters(head_bias + class_columns) {
  layers = stack_layers(pixels, config.experts.hidden, embedding, config.experts.activation);
  seller_parameters = answer().end();
  if (const auto* price = std::get_if<AskPrice>(&config.bids.price)) {
    ask_layers = stack_layers(kAskInputs, price->hidden, 1, Activation::kTanh, seller_parameters);
    ask.emplace(kAskInputs, MlpKind{price->hidden, Activation::kTanh}, 1);
    seller_parameters = ask_layers.back().end();
  }
}

double Shape::multiply_adds(Index rows, Index deals) const {
  const double samples = static_cast<double>(bidders) * static_cast<double>(batch);
  // First layers need no gradient of their input. A row meets the last layer and its buyer's head
  // as one matrix (inputs x classes), which costs a product for every deal and two on its way back.
  double per_row = 3.0 * static_cast<double>(answer().inputs * classes);
  for (std::size_t l = 0; l + 1 < layers.size(); ++l)
    per_row += static_cast<double>(layers[l].inputs * layers[l].outputs) * (l == 0 ? 2.0 : 3.0);
  if (layers.size() == 1) per_row -= static_cast<double>(answer().inputs * classes);
  const double per_deal = 3.0 * static_cast<double>(answer().inputs * embedding * classes);
  return samples * 2.0 * static_cast<double>(pixels * 2 * sellers) +
         static_cast<double>(rows) * per_row + static_cast<double>(deals) * per_deal;
}

double Shape::parameter_count() const {
  double expert = 0.0;
  for (const auto* stack : {&layers, &ask_layers})
    for (const Layer& layer : *stack)
      expert += static_cast<double>(layer.inputs * layer.outputs + layer.outputs);
  return static_cast<double>(bidders) *
             static_cast<double>(pixels * 2 * sellers + 1 + embedding * classes + classes) +
         static_cast<double>(sellers) * expert;
}

}  // namespace gbid::mixture_of_experts
