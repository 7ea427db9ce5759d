// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace gbid {

/// How a missing value is stored.
inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

/// A sample without its missing values (NaN), and how many those were. Infinities are values.
struct CleanSample {
  std::vector<double> values;
  std::int64_t missing = 0;
};

/// Takes the missing values out of a sample, keeping the order of the rest.
CleanSample drop_missing(std::span<const double> sample);

/// Arithmetic mean of what is not missing; NaN if nothing is left.
double mean(std::span<const double> sample);

/// Quantile of what is not missing, by linear interpolation; NaN if nothing is left.
/// h = (n - 1) p;  q = x_(k) + (h - k) (x_(k + 1) - x_(k)), k = floor h, x ascending from x_(0)
/// @param probability in [0, 1].  @throws std::invalid_argument outside.
/// Source: Hyndman and Fan, 1996, definition 7 (the default of NumPy and R).
double quantile(std::span<const double> sample, double probability);

/// quantile(sample, 1/2).
double median(std::span<const double> sample);

/// Which number of a sample an interval is for.
enum class Statistic : std::uint64_t { kMean = 1, kMedian = 2 };

/// How a bootstrap is drawn.
struct BootstrapConfig {
  double level = 0.95;            ///< coverage, in (0, 1)
  std::int64_t resamples = 2000;  ///< how often the sample is redrawn, at least 1
  std::uint64_t seed = 1;         ///< equal seeds and samples give equal intervals
};

/// Two ends; both NaN where no interval can be given.
struct Interval {
  double low = 0.0;
  double high = 0.0;
  bool is_defined() const noexcept { return low == low && high == high; }
};

/// Percentile bootstrap interval: the (1 -+ level)/2 quantiles of the statistic over samples
/// redrawn with replacement. Not defined for fewer than two values, which say nothing about their
/// spread.
///
/// Determinism: draw k of resample r picks index (h >> 32) n >> 32 with h = splitmix64(key + r n +
/// k) and key = splitmix64(splitmix64(seed) + statistic), so nothing depends on the order of
/// evaluation. n is below 2^32, and an index is at most n / 2^32 more probable than another.
/// Source: Efron and Tibshirani, 1993, chapter 13; Steele, Lea and Flood, 2014 (splitmix64).
Interval bootstrap_interval(std::span<const double> sample, Statistic statistic,
                            const BootstrapConfig& config = {});

/// The same of statistic(second) - statistic(first), two independent samples, each redrawn by itself.
/// Not defined if either has fewer than two values.
/// Source: Efron and Tibshirani, 1993, chapter 8.
Interval bootstrap_difference(std::span<const double> first, std::span<const double> second,
                              Statistic statistic, const BootstrapConfig& config = {});

/// What a sample says about its population.
struct Estimate {
  std::int64_t count = 0;    ///< values used
  std::int64_t missing = 0;  ///< values that were NaN
  double mean = 0.0;         ///< NaN if count is 0, like the median
  double median = 0.0;
  Interval mean_interval;
  Interval median_interval;
};

/// Mean and median of what is not missing, each with its bootstrap interval.
Estimate estimate(std::span<const double> sample, const BootstrapConfig& config = {});

/// How far a series moves over a window by its least-squares line: slope x (last x - first x).
/// Missing values are left out; NaN with fewer than two values or when all x are equal.
/// @param x, y (n) of equal length; x ascending.
double drift(std::span<const double> x, std::span<const double> y);

/// Part of a series: values [begin, end).
struct Window {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// The end of a series: a share of its values up to the last one that is not missing, at least one.
Window last_window(std::span<const double> series, double share);

}  // namespace gbid
