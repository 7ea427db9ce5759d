// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace gbid {
namespace {

/// One output of the splitmix64 generator whose counter stands at `counter`.
std::uint64_t splitmix64(std::uint64_t counter) {
  std::uint64_t z = counter * 0x9e3779b97f4a7c15ULL + 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

double mean_of(std::span<const double> values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// Quantile of at least one value; reorders them.
double quantile_in_place(std::span<double> values, double probability) {
  const double position = static_cast<double>(values.size() - 1) * probability;
  const auto below = static_cast<std::size_t>(position);
  const double fraction = position - static_cast<double>(below);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(below);
  std::nth_element(values.begin(), at, values.end());
  const double low = *at;
  if (fraction == 0.0) return low;
  const double high = *std::min_element(at + 1, values.end());
  // Equal neighbours also cover two equal infinities, whose difference would be NaN.
  return low == high ? low : low + fraction * (high - low);
}

/// Medians of samples redrawn from the same values: a count for every value in their order, and a
/// walk to the middle, which is some times faster than partitioning each sample.
class RedrawnMedian {
 public:
  explicit RedrawnMedian(std::span<const double> values)
      : sorted_(values.begin(), values.end()), rank_(values.size()), times_(values.size()) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    for (std::size_t k = 0; k < order.size(); ++k) rank_[order[k]] = k;
    std::sort(sorted_.begin(), sorted_.end());
  }

  void add(std::size_t index) { ++times_[rank_[index]]; }
  /// The median of what was added since the last call; as many as there are values.
  double take() {
    const std::size_t low = (sorted_.size() - 1) / 2, high = sorted_.size() / 2;
    std::size_t at = 0, seen = times_[0];
    while (seen <= low) seen += times_[++at];
    const double below = sorted_[at];
    while (seen <= high) seen += times_[++at];
    const double above = sorted_[at];
    std::fill(times_.begin(), times_.end(), 0U);
    return below == above ? below : below + 0.5 * (above - below);
  }

 private:
  std::vector<double> sorted_;
  std::vector<std::size_t> rank_;  // of every value
  std::vector<std::uint32_t> times_;
};

/// The statistic of each redrawn sample; empty for fewer than two values.
std::vector<double> redrawn(std::span<const double> sample, Statistic statistic,
                            const BootstrapConfig& config) {
  if (!(config.level > 0.0 && config.level < 1.0) || config.resamples < 1) {
    throw std::invalid_argument("bootstrap: the level must lie in (0, 1), resamples be 1 or more");
  }
  const std::vector<double> values = drop_missing(sample).values;
  const std::uint64_t count = values.size();
  if (count < 2) return {};
  if (count >> 32 != 0) throw std::invalid_argument("bootstrap: 2^32 values or more");

  const std::uint64_t key =
      splitmix64(splitmix64(config.seed) + static_cast<std::uint64_t>(statistic));
  std::vector<double> statistics(static_cast<std::size_t>(config.resamples));
  std::uint64_t draw = 0;
  const auto next = [&] {
    return static_cast<std::size_t>(((splitmix64(key + draw++) >> 32) * count) >> 32);
  };
  RedrawnMedian medians(values);
  for (double& result : statistics) {
    if (statistic == Statistic::kMedian) {
      for (std::uint64_t k = 0; k < count; ++k) medians.add(next());
      result = medians.take();
    } else {
      double sum = 0.0;
      for (std::uint64_t k = 0; k < count; ++k) sum += values[next()];
      result = sum / static_cast<double>(count);
    }
  }
  return statistics;
}

Interval central(std::vector<double> statistics, const BootstrapConfig& config) {
  const double tail = (1.0 - config.level) / 2.0;
  return {quantile(statistics, tail), quantile(statistics, 1.0 - tail)};
}

}  // namespace

CleanSample drop_missing(std::span<const double> sample) {
  CleanSample clean;
  clean.values.reserve(sample.size());
  for (const double value : sample) {
    if (std::isnan(value)) {
      ++clean.missing;
    } else {
      clean.values.push_back(value);
    }
  }
  return clean;
}

double mean(std::span<const double> sample) {
  const CleanSample clean = drop_missing(sample);
  return clean.values.empty() ? kMissing : mean_of(clean.values);
}

double quantile(std::span<const double> sample, double probability) {
  if (!(probability >= 0.0 && probability <= 1.0)) {
    throw std::invalid_argument("quantile: the probability must lie in [0, 1]");
  }
  CleanSample clean = drop_missing(sample);
  return clean.values.empty() ? kMissing : quantile_in_place(clean.values, probability);
}

double median(std::span<const double> sample) { return quantile(sample, 0.5); }

Interval bootstrap_interval(std::span<const double> sample, Statistic statistic,
                            const BootstrapConfig& config) {
  return central(redrawn(sample, statistic, config), config);
}

Interval bootstrap_difference(std::span<const double> first, std::span<const double> second,
                              Statistic statistic, const BootstrapConfig& config) {
  std::vector<double> before = redrawn(first, statistic, config);
  BootstrapConfig other = config;
  ++other.seed;  // draws of its own: equal ones would pair the samples
  std::vector<double> after = redrawn(second, statistic, other);
  if (before.empty() || after.empty()) return {kMissing, kMissing};
  for (std::size_t k = 0; k < after.size(); ++k) after[k] -= before[k];
  return central(std::move(after), config);
}

Estimate estimate(std::span<const double> sample, const BootstrapConfig& config) {
  const CleanSample clean = drop_missing(sample);
  return {.count = static_cast<std::int64_t>(clean.values.size()),
          .missing = clean.missing,
          .mean = mean(clean.values),
          .median = median(clean.values),
          .mean_interval = bootstrap_interval(clean.values, Statistic::kMean, config),
          .median_interval = bootstrap_interval(clean.values, Statistic::kMedian, config)};
}

double drift(std::span<const double> x, std::span<const double> y) {
  if (x.size() != y.size()) throw std::invalid_argument("drift: x and y differ in length");
  std::vector<double> known_x;
  std::vector<double> known_y;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i]) || std::isnan(y[i])) continue;
    known_x.push_back(x[i]);
    known_y.push_back(y[i]);
  }
  if (known_x.size() < 2) return kMissing;

  const double center_x = mean_of(known_x);
  const double center_y = mean_of(known_y);
  double covariance = 0.0;
  double variance = 0.0;
  for (std::size_t i = 0; i < known_x.size(); ++i) {
    covariance += (known_x[i] - center_x) * (known_y[i] - center_y);
    variance += (known_x[i] - center_x) * (known_x[i] - center_x);
  }
  if (variance == 0.0) return kMissing;
  return covariance / variance * (known_x.back() - known_x.front());
}

Window last_window(std::span<const double> series, double share) {
  std::size_t end = series.size();
  while (end > 0 && std::isnan(series[end - 1])) --end;
  const auto length = static_cast<std::size_t>(std::ceil(share * static_cast<double>(end)));
  return {end - std::min(end, std::max<std::size_t>(length, 1)), end};
}

}  // namespace gbid
