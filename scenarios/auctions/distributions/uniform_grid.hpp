// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/auctions/distributions/type_grid.hpp"

namespace gbid::auctions {

/// Uniformly spaced nodes over an interval, ends included.
/// @param distribution  F of the prior, rising from 0 to 1 over the interval. The weight of a node
/// is the mass of the types that are nearer to it than to any other node.
template <class Distribution>
TypeGrid uniform_grid(const Interval& interval, Index nodes, const Distribution& distribution) {
  TypeGrid grid;
  const double space = interval.width() / static_cast<double>(nodes - 1);
  const auto at = [&](double k) { return distribution(interval.low + space * k); };
  for (Index k = 0; k < nodes; ++k) {
    const auto place = static_cast<double>(k);
    grid.types.push_back(interval.low + space * place);
    grid.below.push_back(k + 1 == nodes ? 1.0 : at(place));
    grid.weights.push_back((k + 1 == nodes ? 1.0 : at(place + 0.5)) -
                           (k == 0 ? 0.0 : at(place - 0.5)));
  }
  return grid;
}

}  // namespace gbid::auctions
