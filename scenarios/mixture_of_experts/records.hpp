// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/mixture_of_experts/shape.hpp"
#include "scenarios/structure/recordables.hpp"

namespace gbid::mixture_of_experts {

/// What this market can record.
Recordables recordables();
std::vector<Dimension> dimensions(const Shape& shape);
/// What can be recorded: "networks" are all parameters, "market" is bids and masks on the held-out
/// set.
std::vector<ArraySpec> arrays(const Shape& shape);

/// Calls body(value) for every number of a variable of "networks", in the order in which the file
/// keeps them. T is the type of a row's numbers, const or not.
template <class T, class BidderRow, class SellerRow, class Body>
bool for_network_values(const std::string& variable, const Shape& shape, BidderRow bidder,
                        SellerRow seller, const Body& body) {
  const auto matrix = [&](T* first, Index rows, Index columns, Index stride) {
    for (Index r = 0; r < rows; ++r)
      for (Index k = 0; k < columns; ++k) body(first[r * stride + k]);
  };
  for (Index c = 0; c < shape.bidders; ++c) {
    T* row = bidder(c);
    if (variable == "gate_weight")
      matrix(row, shape.pixels, shape.sellers, shape.score_columns);
    else if (variable == "noise_weight")
      matrix(row + shape.sellers, shape.pixels, shape.sellers, shape.score_columns);
    else if (variable == "self_weight")
      matrix(row + shape.self_weight, 1, 1, 1);
    else if (variable == "head_weight")
      matrix(row + shape.head_weights, shape.embedding, shape.classes, shape.class_columns);
    else if (variable == "head_bias")
      matrix(row + shape.head_bias, 1, shape.classes, shape.class_columns);
    else
      break;
    if (c + 1 == shape.bidders) return true;
  }
  for (const auto* layers : {&shape.layers, &shape.ask_layers}) {
    const std::string prefix = layers == &shape.layers ? "expert_" : "ask_";
    for (std::size_t l = 0; l < layers->size(); ++l) {
      const Layer& layer = (*layers)[l];
      const bool is_weight = variable == prefix + "weight_" + std::to_string(l);
      if (!is_weight && variable != prefix + "bias_" + std::to_string(l)) continue;
      for (Index i = 0; i < shape.sellers; ++i)
        if (is_weight)
          matrix(seller(i) + layer.weights, layer.inputs, layer.outputs, layer.outputs);
        else
          matrix(seller(i) + layer.bias, 1, layer.outputs, layer.outputs);
      return true;
    }
  }
  return false;
}

}  // namespace gbid::mixture_of_experts
