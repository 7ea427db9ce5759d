// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/distributions/bid_distribution.hpp"

#include <algorithm>
#include <cmath>

namespace gbid::auctions {

BidDistribution::BidDistribution(Index cells)
    : cells_(cells),
      masses_(static_cast<std::size_t>(cells)),
      type_masses_(static_cast<std::size_t>(cells)),
      edges_(static_cast<std::size_t>(cells) + 1) {}

BidDistribution::Place BidDistribution::place(double bid) const {
  const double x = (bid - low_) / width_;
  const Index cell = std::clamp(static_cast<Index>(x), Index{0}, cells_ - 1);
  return {cell, x - static_cast<double>(cell)};
}

double BidDistribution::between_middles(const std::vector<double>& masses, Place at) const {
  if (at.share > 1.0) return 0.0;
  const bool is_left = at.share < 0.5;
  const Index first = std::max(is_left ? at.cell - 1 : at.cell, Index{0});
  const Index second = std::min(is_left ? at.cell : at.cell + 1, cells_ - 1);
  const double t = is_left ? at.share + 0.5 : at.share - 0.5;
  return (1.0 - t) * masses[static_cast<std::size_t>(first)] +
         t * masses[static_cast<std::size_t>(second)];
}

void BidDistribution::spread(double from, double to, double mass, double type) {
  double low = std::min(from, to);
  const double high = std::max(from, to);
  if (high <= low_) {
    edges_[0] += mass;
    return;
  }
  if (low < low_) {  // the part that lies below
    const double share = (low_ - low) / (high - low);
    edges_[0] += share * mass;
    mass -= share * mass;
    low = low_;
  }
  const auto add = [&](Index cell, double part) {
    masses_[static_cast<std::size_t>(cell)] += part;
    type_masses_[static_cast<std::size_t>(cell)] += part * type;
  };
  const Index first = place(low).cell, last = place(high).cell;
  if (first == last) return add(first, mass);
  const double per_bid = mass / (high - low);
  add(first, per_bid * (low_ + static_cast<double>(first + 1) * width_ - low));
  for (Index cell = first + 1; cell < last; ++cell) add(cell, per_bid * width_);
  add(last, per_bid * (high - low_ - static_cast<double>(last) * width_));
}

void BidDistribution::build(const TypeGrid& grid, std::span<const double> bids, double low,
                            double top) {
  low_ = low;
  top_ = top;
  width_ = (top - low) / static_cast<double>(cells_);
  std::fill(masses_.begin(), masses_.end(), 0.0);
  std::fill(type_masses_.begin(), type_masses_.end(), 0.0);
  edges_[0] = 0.0;
  for (std::size_t k = 0; k + 1 < bids.size(); ++k)
    spread(bids[k], bids[k + 1], grid.below[k + 1] - grid.below[k],
           0.5 * (grid.types[k] + grid.types[k + 1]));
  for (std::size_t k = 0; k < masses_.size(); ++k) edges_[k + 1] = edges_[k] + masses_[k];
}

}  // namespace gbid::auctions
