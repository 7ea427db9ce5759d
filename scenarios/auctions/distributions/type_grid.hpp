// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>
#include <vector>

#include "engine/core/padded_matrix.hpp"

namespace gbid::auctions {

/// A range of types or bids, as a unit of scale.
struct Interval {
  double low = 0.0, high = 1.0;
  double width() const { return high - low; }
};

/// Nodes of an agent's types. Between neighbours a bid function is linear.
struct TypeGrid {
  Index dimensions = 1;         ///< numbers that a type consists of
  std::vector<double> types;    ///< (node x dimension); of one dimension: rising
  std::vector<double> weights;  ///< (node) quadrature weights of the prior, sum one
  std::vector<double> below;    ///< (node) prior probability of types below, of one dimension

  Index count() const { return static_cast<Index>(weights.size()); }
  std::span<const double> type(Index node) const {
    return std::span(types).subspan(static_cast<std::size_t>(node * dimensions),
                                    static_cast<std::size_t>(dimensions));
  }
};

}  // namespace gbid::auctions
