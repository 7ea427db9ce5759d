// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <vector>

#include "scenarios/auctions/formats/multi_unit.hpp"

namespace gbid::auctions {

/// The triangle 0 <= second <= first <= 1 of quantiles, divided into edge^2 equal triangles. Node
/// (i, j), j <= i <= edge, has the first coordinate i and the second j.
struct Triangle {
  Index edge;
  static Index nodes(Index edge) { return (edge + 1) * (edge + 2) / 2; }
  static Index node(Index i, Index j) { return i * (i + 1) / 2 + j; }
  /// The finest with at most that many nodes.
  static Triangle of(Index most) {
    Index edge = 2;
    while (nodes(edge + 1) <= most) ++edge;
    return {edge};
  }
  /// visit(three nodes) of every triangle.
  template <class Visit>
  void each(const Visit& visit) const {
    for (Index i = 0; i < edge; ++i)
      for (Index j = 0; j <= i; ++j) {
        visit(node(i, j), node(i + 1, j), node(i + 1, j + 1));
        if (j < i) visit(node(i, j), node(i + 1, j + 1), node(i, j + 1));
      }
  }
};

/// An auction of several units in progress. @param grids of types of two numbers (falling
/// marginals): a `Triangle` of nodes. @param cells of every distribution of bids.
std::unique_ptr<Clearing> multi_unit_clearing(const MultiUnitRules& rules,
                                              const std::vector<TypeGrid>& grids, Index cells);

}  // namespace gbid::auctions
