// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/equilibrium/share_bound.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace gbid {
namespace {

struct Cell {
  double bound;
  PaddedMatrix corners;  // (choices x bids per agent)
};

PaddedMatrix copy_of(const PaddedMatrix& matrix) {
  PaddedMatrix out(matrix.rows(), matrix.columns());
  for (Index k = 0; k < matrix.rows(); ++k)
    std::copy_n(matrix.row(k), matrix.columns(), out.row(k));
  return out;
}

/// The ends of the longest edge.
std::pair<Index, Index> longest_edge(const PaddedMatrix& corners) {
  std::pair<Index, Index> longest{0, 0};
  double most = 0.0;
  for (Index a = 0; a < corners.rows(); ++a)
    for (Index b = a + 1; b < corners.rows(); ++b) {
      double length = 0.0;
      for (Index j = 0; j < corners.columns(); ++j) {
        const double apart = corners(a, j) - corners(b, j);
        length += apart * apart;
      }
      if (length > most) most = length, longest = {a, b};
    }
  return longest;
}

}  // namespace

double bound_shares(DeviationGame& game, Index agent, std::span<const Index> choices, double enough,
                    Index cells) {
  const auto is_lower = [](const Cell& a, const Cell& b) { return a.bound < b.bound; };
  std::vector<Cell> open;  // a heap; those that are low enough are not kept
  double settled = -std::numeric_limits<double>::infinity();
  const auto keep = [&](Cell cell) {
    if (cell.bound <= enough) {
      settled = std::max(settled, cell.bound);
      return;
    }
    open.push_back(std::move(cell));
    std::push_heap(open.begin(), open.end(), is_lower);
  };
  PaddedMatrix whole(static_cast<Index>(choices.size()), game.bids_per_agent());
  for (std::size_t k = 0; k < choices.size(); ++k) whole(static_cast<Index>(k), choices[k]) = 1.0;
  const double bound = game.payoff_bound(agent, whole);
  keep({bound, std::move(whole)});
  for (Index count = 1; count + 2 <= cells && !open.empty(); count += 2) {
    std::pop_heap(open.begin(), open.end(), is_lower);
    const Cell cell = std::move(open.back());
    open.pop_back();
    const auto [a, b] = longest_edge(cell.corners);
    for (const Index cut : {a, b}) {
      Cell half{0.0, copy_of(cell.corners)};
      for (Index j = 0; j < half.corners.columns(); ++j)
        half.corners(cut, j) = 0.5 * (cell.corners(a, j) + cell.corners(b, j));
      half.bound = std::min(cell.bound, game.payoff_bound(agent, half.corners));
      keep(std::move(half));
    }
  }
  return open.empty() ? settled : open.front().bound;
}

}  // namespace gbid
