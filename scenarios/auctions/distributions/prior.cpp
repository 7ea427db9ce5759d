// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/distributions/prior.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "scenarios/auctions/distributions/quadrature.hpp"

namespace gbid::auctions {
namespace {

double normal_below(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

// A normal distribution is a polynomial to rounding over half a deviation, and one or zero beyond
// so many deviations.
constexpr double kNormalPanel = 0.5, kNormalReach = 9.0;

// A power of F that rises by less than this share is constant: its mean is that of its midpoint.
constexpr double kNearlyConstant = 1e-5;

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

bool Prior::has_atoms() const {
  return std::adjacent_find(values_.begin(), values_.end()) != values_.end();
}

std::vector<double> Prior::knots() const {
  if (kind_ == Kind::kGiven) return values_;
  std::vector<double> all{low_};
  if (kind_ == Kind::kGaussian)
    for (double z = -kNormalReach; z <= kNormalReach; z += kNormalPanel)
      if (const double v = mean_ + z * deviation_; v > low_ && v < high_) all.push_back(v);
  all.push_back(high_);
  return all;
}

double Prior::integrated_ratio(double power, double from, double to) const {
  from = std::max(from, low_);
  const double last = distribution(to);
  if (!(last > 0.0) || !(from < to)) return 0.0;
  const auto ratio = [&](double x) { return std::pow(distribution(x) / last, power); };
  if (kind_ == Kind::kPower)
    return ((std::min(to, high_) - low_) - (from - low_) * ratio(from)) /
               (power * exponent_ + 1.0) +
           std::max(to - std::max(from, high_), 0.0);
  std::vector<double> ends = knots();
  std::erase_if(ends, [&](double x) { return x <= from || x >= to; });
  ends.insert(ends.begin(), from);
  ends.push_back(to);
  double sum = 0.0;
  for (std::size_t k = 0; k + 1 < ends.size(); ++k) {
    const double a = ends[k], b = ends[k + 1];
    if (kind_ == Kind::kGaussian) {
      sum += integral_from_root(a, b, ratio);
      continue;
    }
    // F is linear. (Where it jumps, at b, the piece ends below the jump.)
    const double first = distribution(a) / last, rise = density(0.5 * (a + b)) * (b - a) / last;
    sum += (b - a) * (rise > kNearlyConstant * first
                          ? (std::pow(first + rise, power + 1.0) - std::pow(first, power + 1.0)) /
                                ((power + 1.0) * rise)
                          : ratio(0.5 * (a + b)));
  }
  return sum;
}

Prior Prior::in_unit(double unit) const {
  Prior prior = *this;
  prior.low_ /= unit;
  prior.high_ /= unit;
  prior.mean_ /= unit;
  prior.deviation_ /= unit;
  for (double& value : prior.values_) value /= unit;
  return prior;
}

TypeGrid Prior::grid(Index nodes, double kink) const {
  TypeGrid grid;
  const double step = 1.0 / static_cast<double>(nodes - 1);
  const double at_kink = kink > low_ && kink < high_ ? distribution(kink) : 0.0;
  const Index moved = std::clamp(std::lround(at_kink / step), 1L, static_cast<long>(nodes - 2));
  for (Index k = 0; k < nodes; ++k) {
    const bool is_kink = at_kink > 0.0 && k == moved;
    const double p = is_kink ? at_kink : k + 1 == nodes ? 1.0 : static_cast<double>(k) * step;
    grid.types.push_back(is_kink ? kink : quantile(p));
    grid.below.push_back(p);
  }
  for (Index k = 0; k < nodes; ++k) {
    const auto node = static_cast<std::size_t>(k);
    grid.weights.push_back(
        0.5 * (grid.below[std::min(node + 1, grid.below.size() - 1)] - grid.below[node - (k > 0)]));
  }
  return grid;
}

}  // namespace gbid::auctions
