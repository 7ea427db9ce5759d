// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "agents/network/mlp.hpp"
#include "scenarios/mixture_of_experts/config.hpp"

namespace gbid::mixture_of_experts {

/// Sizes of a market and where everything lies in its agents' rows of parameters.
///
/// Bidder: gating (pixels x score_columns: clean scores of all sellers, then their noise), self
/// weight, head (embedding x class_columns), head bias. Columns are padded with zeros.
/// Seller: its expert's layers, then those of its ask, if it sets one.
struct Shape {
  Shape(const MarketConfig& config, Index pixel_count, Index class_count);

  Index bidders, sellers, pixels, classes, embedding, top_k, batch;
  Index score_columns, class_columns;
  Index self_weight, head_weights, head_bias;  ///< offsets in a bidder's row
  Index bidder_parameters, seller_parameters;  ///< lengths of the rows
  std::vector<Layer> layers;                   ///< of an expert
  std::vector<Layer> ask_layers;               ///< empty unless sellers set an ask
  std::optional<Mlp<double>> ask;  ///< of these layers; its output goes through a sigmoid

  Index gating_weights() const { return 0; }
  Index agents() const { return bidders + sellers; }
  /// Rows that all sellers together compute for one batch at most.
  Index most_rows() const { return bidders * batch * top_k; }
  /// The last layer, which has no activation and is multiplied by its buyers' heads first.
  const Layer& answer() const { return layers.back(); }
  /// Multiply-adds of one training step if `rows` rows go through experts for `deals` pairs of a
  /// bidder and a seller: forward, and back to parameters and between layers.
  double multiply_adds(Index rows, Index deals) const;
  double dense_multiply_adds() const {
    return multiply_adds(bidders * batch * sellers, bidders * sellers);
  }
  /// Parameters that are not padding.
  double parameter_count() const;
};

/// What a seller sees of its market when it sets its ask: mean bid on it and share of samples
/// routed to it when the market last cleared, and a constant one.
inline constexpr Index kAskInputs = 3;

}  // namespace gbid::mixture_of_experts
