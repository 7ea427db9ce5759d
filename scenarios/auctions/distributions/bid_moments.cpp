// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/distributions/bid_moments.hpp"

#include <algorithm>
#include <cmath>

namespace gbid::auctions {
namespace {

/// The moments once the density of a piece has been added from its beginning to `bid`.
BidMoments::Below advanced(const BidMoments::Below& at, double from, double bid) {
  const double length = bid - from, midpoint = 0.5 * (bid + from);
  BidMoments::Below next = at;
  next.mass += at.density * length;
  next.first += at.density * length * midpoint;
  next.second += at.density * length * (midpoint * midpoint + length * length / 12.0);
  return next;
}

}  // namespace

BidMoments::BidMoments(Index nodes, double flattest) : flattest_(flattest) {
  ends_.reserve(static_cast<std::size_t>(2 * nodes));
  pieces_.reserve(static_cast<std::size_t>(2 * nodes));
}

void BidMoments::build(const TypeGrid& grid, const PaddedMatrix& bids, Index column) {
  // 1. The pieces' ends, in the order of their bids.
  ends_.clear();
  for (Index k = 0; k + 1 < grid.count(); ++k) {
    const auto node = static_cast<std::size_t>(k);
    const double mass = grid.below[node + 1] - grid.below[node];
    double low = std::min(bids(k, column), bids(k + 1, column));
    double high = std::max(bids(k, column), bids(k + 1, column));
    if (high - low < flattest_) {
      low = 0.5 * (low + high - flattest_);
      high = low + flattest_;
    }
    ends_.push_back({low, mass / (high - low)});
    ends_.push_back({high, -mass / (high - low)});
  }
  std::sort(ends_.begin(), ends_.end(), [](const End& a, const End& b) {
    return a.bid < b.bid || (a.bid == b.bid && a.density < b.density);
  });

  // 2. Density and moments from end to end. Sums of densities that cancel leave rounding behind.
  pieces_.clear();
  Below at;
  double from = ends_.front().bid;
  for (const End& end : ends_) {
    const double density = at.density + end.density;
    at = advanced(at, from, end.bid);
    from = end.bid;
    at.density = std::max(0.0, density);
    pieces_.push_back({from, at});
  }
  pieces_.back().at.density = 0.0;
}

BidMoments::Below BidMoments::below(double bid) const {
  if (bid < pieces_.front().from) return {};
  const auto next = std::upper_bound(pieces_.begin(), pieces_.end(), bid,
                                     [](double b, const Piece& piece) { return b < piece.from; });
  const Piece& piece = *(next - 1);
  return advanced(piece.at, piece.from, bid);
}

}  // namespace gbid::auctions
