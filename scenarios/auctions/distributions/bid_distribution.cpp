// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/distributions/bid_distribution.hpp"

#include <algorithm>
#include <utility>

namespace gbid::auctions {
namespace {

// Bids that differ by less than this share of a cell differ by rounding.
constexpr double kFlat = 1e-6;

}  // namespace

BidDistribution::BidDistribution(Index cells)
    : cells_(cells),
      masses_(static_cast<std::size_t>(cells)),
      flat_masses_(masses_.size()),
      type_masses_(masses_.size()),
      edges_(masses_.size() + 1),
      integrals_(masses_.size() + 1) {}

void BidDistribution::clear(double low, double top, Index cells) {
  cells_ = cells;
  low_ = low;
  width_ = (top - low) / static_cast<double>(cells_);
  std::fill(masses_.begin(), masses_.end(), 0.0);
  std::fill(flat_masses_.begin(), flat_masses_.end(), 0.0);
  std::fill(type_masses_.begin(), type_masses_.end(), 0.0);
  edges_[0] = 0.0;
}

/// @param share_below  the part of the mass that bids less, for bids in (low, high).
template <class Share>
void BidDistribution::spread(double low, double high, double mass, double type,
                             const Share& share_below) {
  if (high < low_ || high <= 0.0) {
    edges_[0] += mass;
    return;
  }
  double before = low < low_ ? share_below(low_) : 0.0;
  edges_[0] += mass * before;
  const Index last = place(high).cell;
  if (low >= low_ && high - low <= kFlat * width_)
    flat_masses_[static_cast<std::size_t>(last)] += mass;
  for (Index cell = place(std::max(low, low_)).cell; cell <= last; ++cell) {
    const auto k = static_cast<std::size_t>(cell);
    const double now =
        cell == last ? 1.0 : share_below(low_ + static_cast<double>(cell + 1) * width_);
    masses_[k] += mass * (now - before);
    type_masses_[k] += mass * (now - before) * type;
    before = now;
  }
}

void BidDistribution::add_segment(double from, double to, double mass, double type) {
  const double low = std::min(from, to), high = std::max(from, to);
  spread(low, high, mass, type, [&](double bid) { return (bid - low) / (high - low); });
}

void BidDistribution::add_triangle(double first, double second, double third, double mass) {
  if (first > second) std::swap(first, second);
  if (second > third) std::swap(second, third);
  if (first > second) std::swap(first, second);
  spread(first, third, mass, 0.0, [&](double bid) {
    if (bid < second) return (bid - first) * (bid - first) / ((second - first) * (third - first));
    const double above = third - bid;
    return third > second ? 1.0 - above * above / ((third - second) * (third - first)) : 1.0;
  });
}

void BidDistribution::add_curve(const TypeGrid& grid, const PaddedMatrix& bids, Index column) {
  for (Index node = 0; node + 1 < grid.count(); ++node) {
    const auto k = static_cast<std::size_t>(node);
    add_segment(bids(node, column), bids(node + 1, column), grid.below[k + 1] - grid.below[k],
                0.5 * (grid.types[k] + grid.types[k + 1]));
  }
}

void BidDistribution::finish() {
  for (std::size_t k = 0; k < static_cast<std::size_t>(cells_); ++k) {
    edges_[k + 1] = edges_[k] + masses_[k];
    integrals_[k + 1] = integrals_[k] + width_ * (edges_[k] + 0.5 * masses_[k]);
  }
}

BidDistribution::Place BidDistribution::place(double bid) const {
  const double x = (bid - low_) / width_;
  const Index cell = std::clamp(static_cast<Index>(x), Index{0}, cells_ - 1);
  return {cell, x - static_cast<double>(cell)};
}

double BidDistribution::integral(Place at) const {
  const auto k = static_cast<std::size_t>(at.cell);
  const double share = std::min(at.share, 1.0);
  return integrals_[k] + width_ * (share * (edges_[k] + 0.5 * share * masses_[k]) +
                                   (at.share - share) * edges_[k + 1]);
}

double BidDistribution::between_midpoints(const std::vector<double>& masses, Place at) const {
  if (at.share > 1.0) return 0.0;
  const bool is_left = at.share < 0.5;
  const Index first = std::max(is_left ? at.cell - 1 : at.cell, Index{0});
  const Index second = std::min(is_left ? at.cell : at.cell + 1, cells_ - 1);
  const double t = is_left ? at.share + 0.5 : at.share - 0.5;
  return (1.0 - t) * masses[static_cast<std::size_t>(first)] +
         t * masses[static_cast<std::size_t>(second)];
}

}  // namespace gbid::auctions
