// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <algorithm>
#include <cmath>

#include "engine/core/padded_matrix.hpp"

namespace gbid::auctions {

struct BestBid {
  double bid = 0.0, utility = 0.0;
};

/// The highest utility over [low, high]: of `points` uniformly spaced bids, and of a golden section
/// between the best one's neighbours. Exact for a utility that has one maximum within two spaces.
template <class Utility>
BestBid best_bid(double low, double high, Index points, const Utility& utility) {
  const double space = (high - low) / static_cast<double>(points - 1);
  BestBid best{low, utility(low)};
  for (Index k = 1; k < points; ++k) {
    const double bid = low + space * static_cast<double>(k);
    if (const double u = utility(bid); u > best.utility) best = {bid, u};
  }
  constexpr int kSections = 30;  // to 1e-6 of a space, where the utility is flat to rounding
  const double golden = 0.5 * (std::sqrt(5.0) - 1.0);
  double left = std::max(low, best.bid - space), right = std::min(high, best.bid + space);
  for (int k = 0; k < kSections; ++k) {
    const double first = right - golden * (right - left), second = left + golden * (right - left);
    const double u = utility(first), w = utility(second);
    if (u > best.utility) best = {first, u};
    if (w > best.utility) best = {second, w};
    (u > w ? right : left) = u > w ? second : first;
  }
  return best;
}

}  // namespace gbid::auctions
