// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <vector>

#include "scenarios/bid_matrix/bid_graph.hpp"
#include "scenarios/bid_matrix/config.hpp"

namespace gbid::bid_matrix {

/// The numbers that make one instance of the market: drawn for a trial or read from files, then
/// never changed.
struct Game {
  PaddedMatrix contribution;  ///< C (n x n), linear utility only
  std::vector<PaddedMatrix>
      hessians;  ///< (H_i + H_i') / 2 (n x n): one for all agents or one each, quadratic only
  std::vector<double> alpha;  ///< (n)
  /// Which bids exist; null: all, and no work is done for it.
  std::shared_ptr<const BidGraph> graph = nullptr;

  /// 1, alpha_i or 1 - alpha_i.
  double factor(PerAgent by, Index agent) const {
    const double a = alpha[static_cast<std::size_t>(agent)];
    return by == PerAgent::kOne ? 1.0 : by == PerAgent::kAlpha ? a : 1.0 - a;
  }
};

}  // namespace gbid::bid_matrix
