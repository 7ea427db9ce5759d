// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/distributions/prior.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "scenarios/structure/structure.hpp"

namespace gbid::auctions {
namespace {

double normal_below(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

/// The k-th of a list that has one number for all.
double one_of(const std::vector<double>& list, std::size_t k) {
  return list[list.size() == 1 ? 0 : k];
}

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
    const double middle = 0.5 * (low + high);
    (distribution(middle) < p ? low : high) = middle;
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

std::vector<Prior> make_priors(const PriorConfig& config, Index bidders, ArrayLoader& loader) {
  std::vector<Prior> priors(static_cast<std::size_t>(bidders));
  const auto check = [&](const char* key, const std::vector<double>& list) {
    const bool fits = list.size() == 1 || list.size() == priors.size();
    if (!fits)
      loader.fail(fmt::format("market.prior.{}", key),
                  fmt::format("expected one number for all or one for each of {} bidders, got {}",
                              bidders, list.size()));
    return fits;
  };
  if (const auto* file = std::get_if<FileArray>(&config)) {
    const Array array = loader.load(*file, "market.prior", {{kAnyLength}, {bidders, kAnyLength}});
    if (array.values.empty()) return priors;
    const std::size_t count = static_cast<std::size_t>(array.shape.back());
    for (std::size_t i = 0; i < priors.size(); ++i) {
      const auto first = array.values.begin() +
                         static_cast<std::ptrdiff_t>(array.shape.size() == 2 ? i * count : 0);
      std::vector<double> values(first, first + static_cast<std::ptrdiff_t>(count));
      const auto [low, high] = std::minmax_element(values.begin(), values.end());
      if (*low < 0.0 || !(*low < *high)) {
        loader.fail("market.prior", fmt::format("expected values from 0 up that differ, got {} to "
                                                "{} for bidder {}",
                                                *low, *high, i));
        return priors;
      }
      priors[i] = Prior::given(std::move(values));
    }
    return priors;
  }
  const auto fill = [&](const auto& prior, const auto& make, bool fits) {
    if (check("low", prior.low) && check("high", prior.high) && fits)
      for (std::size_t i = 0; i < priors.size(); ++i)
        priors[i] = make(one_of(prior.low, i), one_of(prior.high, i), i);
  };
  if (const auto* uniform = std::get_if<UniformPrior>(&config))
    fill(
        *uniform, [](double low, double high, std::size_t) { return Prior::uniform(low, high); },
        true);
  if (const auto* power = std::get_if<PowerPrior>(&config))
    fill(
        *power,
        [&](double low, double high, std::size_t i) {
          return Prior::power(low, high, one_of(power->exponent, i));
        },
        check("exponent", power->exponent));
  if (const auto* gaussian = std::get_if<GaussianPrior>(&config)) {
    const bool fits = check("mean", gaussian->mean) & check("deviation", gaussian->deviation);
    fill(
        *gaussian,
        [&](double low, double high, std::size_t i) {
          return Prior::gaussian(low, high, one_of(gaussian->mean, i),
                                 one_of(gaussian->deviation, i));
        },
        fits);
    for (const Prior& prior : priors)
      if (!(prior.density(0.5 * (prior.low() + prior.high())) < 1e100))
        loader.fail("market.prior",
                    "expected a mean so near to [low, high] that values there have "
                    "a chance");
  }
  return priors;
}

}  // namespace gbid::auctions
