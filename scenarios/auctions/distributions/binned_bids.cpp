// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/distributions/binned_bids.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gbid::auctions {

BinnedBids::BinnedBids(double top, Index bins, double atom_width)
    : top_(top),
      width_(top / static_cast<double>(bins)),
      atom_width_(atom_width),
      mass_(static_cast<std::size_t>(bins)),
      below_(mass_.size() + 1),
      integral_(mass_.size() + 1) {}

void BinnedBids::clear() {
  std::fill(mass_.begin(), mass_.end(), 0.0);
  atom_ = 0.0;
}

template <class Share>
void BinnedBids::spread(double low, double high, double mass, const Share& share_below) {
  const auto last = static_cast<Index>(mass_.size()) - 1;
  if (high <= 0.0) {
    atom_ += mass;
    return;
  }
  const auto bin_of = [&](double bid) {
    return std::clamp<Index>(static_cast<Index>(bid / width_), 0, last);
  };
  const Index begin = bin_of(low), end = bin_of(high);
  double before = 0.0;
  for (Index k = begin; k <= end; ++k) {
    const double now = k == end ? 1.0 : share_below(static_cast<double>(k + 1) * width_);
    mass_[static_cast<std::size_t>(k)] += mass * (now - before);
    before = now;
  }
}

void BinnedBids::add_segment(double from, double to, double mass) {
  const double low = std::min(from, to), high = std::max(from, to);
  spread(low, high, mass, [&](double bid) { return (bid - low) / (high - low); });
}

void BinnedBids::add_triangle(double first, double second, double third, double mass) {
  if (first > second) std::swap(first, second);
  if (second > third) std::swap(second, third);
  if (first > second) std::swap(first, second);
  spread(first, third, mass, [&](double bid) {
    if (bid < second) return (bid - first) * (bid - first) / ((second - first) * (third - first));
    const double above = third - bid;
    return third > second ? 1.0 - above * above / ((third - second) * (third - first)) : 1.0;
  });
}

void BinnedBids::finish() {
  below_[0] = atom_;
  for (std::size_t k = 0; k < mass_.size(); ++k) {
    below_[k + 1] = below_[k] + mass_[k];
    integral_[k + 1] = integral_[k] + width_ * (below_[k] + 0.5 * mass_[k]);
  }
}

double BinnedBids::distribution(double bid) const {
  if (bid <= 0.0) return bid < 0.0 ? 0.0 : 0.5 * atom_;
  if (bid >= top_) return below_.back();
  const auto bin = std::min(static_cast<std::size_t>(bid / width_), mass_.size() - 1);
  return below_[bin] + mass_[bin] * (bid / width_ - static_cast<double>(bin));
}

double BinnedBids::density(double bid) const {
  if (bid < 0.0 || bid > top_) return 0.0;
  const double place = bid / width_ - 0.5;
  const double cell = std::floor(place);
  const auto last = static_cast<Index>(mass_.size()) - 1;
  const auto mass = [&](Index k) {
    return mass_[static_cast<std::size_t>(std::clamp<Index>(k, 0, last))];
  };
  const auto k = static_cast<Index>(cell);
  const double of_bins = ((1.0 - (place - cell)) * mass(k) + (place - cell) * mass(k + 1)) / width_;
  return of_bins + (bid < atom_width_ ? atom_ / atom_width_ : 0.0);
}

double BinnedBids::integral(double bid) const {
  if (bid <= 0.0) return 0.0;
  if (bid >= top_) return integral_.back() + (bid - top_) * below_.back();
  const auto bin = std::min(static_cast<std::size_t>(bid / width_), mass_.size() - 1);
  const double inside = bid - width_ * static_cast<double>(bin);
  return integral_[bin] + inside * (below_[bin] + 0.5 * mass_[bin] * inside / width_);
}

}  // namespace gbid::auctions
