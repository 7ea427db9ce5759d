// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/distributions/prior.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gbid::auctions {
namespace {

double normal_below(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

}  // namespace

Prior Prior::uniform(double low, double high) { return power(low, high, 1.0); }

Prior Prior::power(double low, double high, double exponent) {
  Prior prior;
  prior.low_ = low;
  prior.high_ = high;
  prior.exponent_ = exponent;
  return prior;
}

Prior Prior::gaussian(double low, double high, double mean, double deviation) {
  Prior prior = power(low, high, 1.0);
  prior.kind_ = Kind::kGaussian;
  prior.mean_ = mean;
  prior.deviation_ = deviation;
  return prior;
}

Prior Prior::given(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  Prior prior = power(values.front(), values.back(), 1.0);
  prior.kind_ = Kind::kGiven;
  prior.values_ = std::move(values);
  return prior;
}

double Prior::quantile(double p) const {
  if (p <= 0.0) return low_;
  if (p >= 1.0) return high_;
  if (kind_ == Kind::kPower) return low_ + (high_ - low_) * std::pow(p, 1.0 / exponent_);
  if (kind_ == Kind::kGiven) {
    const double at = p * static_cast<double>(values_.size() - 1);
    const auto k = std::min(static_cast<std::size_t>(at), values_.size() - 2);
    return std::lerp(values_[k], values_[k + 1], at - static_cast<double>(k));
  }
  double low = low_, high = high_;
  constexpr int kHalvings = 60;  // down to rounding
  for (int k = 0; k < kHalvings; ++k) {
    const double midpoint = 0.5 * (low + high);
    (distribution(midpoint) < p ? low : high) = midpoint;
  }
  return 0.5 * (low + high);
}

double Prior::distribution(double v) const {
  if (v <= low_) return 0.0;
  if (v >= high_) return 1.0;
  if (kind_ == Kind::kPower) return std::pow((v - low_) / (high_ - low_), exponent_);
  if (kind_ == Kind::kGiven) {
    const auto above = std::upper_bound(values_.begin(), values_.end(), v);
    const double from = above[-1], step = *above - from;
    return (static_cast<double>(above - values_.begin() - 1) + (v - from) / step) /
           static_cast<double>(values_.size() - 1);
  }
  const double first = normal_below((low_ - mean_) / deviation_);
  const double last = normal_below((high_ - mean_) / deviation_);
  return (normal_below((v - mean_) / deviation_) - first) / (last - first);
}

double Prior::density(double v) const {
  if (v < low_ || v > high_) return 0.0;
  if (kind_ == Kind::kPower)
    return exponent_ / (high_ - low_) * std::pow((v - low_) / (high_ - low_), exponent_ - 1.0);
  if (kind_ == Kind::kGiven) {
    auto above = std::upper_bound(values_.begin(), values_.end(), v);
    if (above == values_.end()) --above;
    return 1.0 / ((*above - above[-1]) * static_cast<double>(values_.size() - 1));
  }
  const double z = (v - mean_) / deviation_;
  const double mass =
      normal_below((high_ - mean_) / deviation_) - normal_below((low_ - mean_) / deviation_);
  return std::exp(-0.5 * z * z) / (std::sqrt(2.0 * std::numbers::pi) * deviation_ * mass);
}

TypeGrid Prior::grid(Index nodes) const {
  TypeGrid grid;
  const double step = 1.0 / static_cast<double>(nodes - 1);
  for (Index k = 0; k < nodes; ++k) {
    const double p = k + 1 == nodes ? 1.0 : static_cast<double>(k) * step;
    grid.types.push_back(quantile(p));
    grid.below.push_back(p);
    grid.weights.push_back(k == 0 || k + 1 == nodes ? 0.5 * step : step);
  }
  return grid;
}

}  // namespace gbid::auctions
