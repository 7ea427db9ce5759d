// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "analysis/statistics.hpp"

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
using Values = std::vector<double>;

}  // namespace

TEST_CASE("statistics: missing values are dropped and counted") {
  const gbid::CleanSample clean = gbid::drop_missing(Values{1.0, kNaN, -2.0, kNaN, kInfinity});
  CHECK(clean.values == Values{1.0, -2.0, kInfinity});
  CHECK(clean.missing == 2);
  CHECK(gbid::mean(Values{kNaN, 2.0, 4.0}) == 3.0);
  CHECK(gbid::median(Values{kNaN, 9.0, 4.0, 5.0}) == 5.0);
  CHECK(std::isnan(gbid::mean(Values{})));
  CHECK(std::isnan(gbid::median(Values{kNaN})));
}

TEST_CASE("statistics: quantiles interpolate as in definition 7") {
  const Values sample = {40.0, 10.0, 30.0, 20.0};
  CHECK(gbid::quantile(sample, 0.0) == 10.0);
  CHECK(gbid::quantile(sample, 1.0) == 40.0);
  CHECK(gbid::quantile(sample, 0.5) == 25.0);
  CHECK(gbid::quantile(sample, 0.25) == 17.5);  // h = 0.75: 10 + 0.75 (20 - 10)
  CHECK(gbid::quantile(sample, 0.9) == doctest::Approx(37.0).epsilon(1e-14));  // h = 2.7
  CHECK(gbid::quantile(Values{7.0}, 0.3) == 7.0);
  CHECK(gbid::quantile(Values{kInfinity, kInfinity, 1.0}, 0.75) == kInfinity);
  CHECK_THROWS_AS((void)gbid::quantile(sample, 1.5), std::invalid_argument);
  CHECK_THROWS_AS((void)gbid::quantile(sample, kNaN), std::invalid_argument);
}

TEST_CASE("statistics: the drift of a line is its rise over the window") {
  const Values steps = {100, 110, 130, 160};
  CHECK(gbid::drift(steps, Values{2, 3, 5, 8}) == doctest::Approx(6.0).epsilon(1e-14));
  CHECK(gbid::drift(steps, Values{4, 4, 4, 4}) == 0.0);
  // A peak in the middle has no slope; its mean of 1/5 is rounded, so one ulp may remain.
  CHECK(std::abs(gbid::drift(Values{0, 1, 2, 3, 4}, Values{0, 0, 1, 0, 0})) < 1e-15);
  // y = (1 0 0): slope = (-1 (2/3) + 0 + 1 (-1/3)) / 2 = -1/2, over a window of 2.
  CHECK(gbid::drift(Values{0, 1, 2}, Values{1, 0, 0}) == doctest::Approx(-1.0).epsilon(1e-14));
  CHECK(gbid::drift(Values{0, 1, 2, 3}, Values{5, kNaN, 7, kNaN}) ==
        doctest::Approx(2.0).epsilon(1e-14));
  CHECK(std::isnan(gbid::drift(Values{3}, Values{1})));
  CHECK(std::isnan(gbid::drift(Values{3, 3}, Values{1, 2})));
  CHECK_THROWS_AS((void)gbid::drift(Values{1, 2}, Values{1}), std::invalid_argument);
}

TEST_CASE("bootstrap: one value has no interval, equal values have one of width zero") {
  CHECK_FALSE(gbid::bootstrap_interval(Values{1.0}, gbid::Statistic::kMean).is_defined());
  CHECK_FALSE(gbid::bootstrap_interval(Values{}, gbid::Statistic::kMedian).is_defined());
  CHECK_FALSE(gbid::bootstrap_interval(Values{1.0, kNaN}, gbid::Statistic::kMean).is_defined());
  const gbid::Interval flat = gbid::bootstrap_interval(Values(5, 3.0), gbid::Statistic::kMedian);
  CHECK(flat.low == 3.0);
  CHECK(flat.high == 3.0);
}

TEST_CASE("bootstrap: two values redraw the exact binomial distribution") {
  // Means of two draws from {0, 1} are 0, 1/2, 1 with probability 1/4, 1/2, 1/4: a 95% interval
  // spans all, a 40% interval (tails of 30%) only the middle. 2000 resamples: 5 standard deviations
  // of a tail of 1/4 are 0.048 < 0.05, so another seed would fail with a chance below 1e-6.
  const Values sample = {0.0, 1.0};
  const gbid::Interval wide = gbid::bootstrap_interval(sample, gbid::Statistic::kMean);
  CHECK(wide.low == 0.0);
  CHECK(wide.high == 1.0);
  const gbid::Interval narrow =
      gbid::bootstrap_interval(sample, gbid::Statistic::kMean, {.level = 0.4});
  CHECK(narrow.low == 0.5);
  CHECK(narrow.high == 0.5);
}

TEST_CASE("bootstrap: the seed decides, and the missing values do not") {
  const Values sample = {0.3, 1.7, 0.2, 5.0, 2.2, 0.9, 1.1};
  Values with_missing = sample;
  with_missing.insert(with_missing.begin() + 3, kNaN);
  const auto first = gbid::bootstrap_interval(sample, gbid::Statistic::kMean, {.seed = 7});
  const auto again = gbid::bootstrap_interval(with_missing, gbid::Statistic::kMean, {.seed = 7});
  const auto other = gbid::bootstrap_interval(sample, gbid::Statistic::kMean, {.seed = 8});
  CHECK(first.low == again.low);
  CHECK(first.high == again.high);
  CHECK((first.low != other.low || first.high != other.high));
  CHECK(first.low < gbid::mean(sample));
  CHECK(first.high > gbid::mean(sample));
  CHECK_THROWS_AS((void)gbid::bootstrap_interval(sample, gbid::Statistic::kMean, {.resamples = 0}),
                  std::invalid_argument);
}

TEST_CASE("bootstrap: 95% intervals of 50 normal values cover mean and median about that often") {
  // 400 samples of 50 standard normal values. The percentile interval of the mean covers with
  // about 0.935 (its width is short by sqrt(49/50) and the normal quantile), that of the median
  // with about 0.95. Standard deviation of a share over 400: 0.012; the bounds are 4.5 and more of
  // them away, so a right interval fails one of the four with a chance below 2e-5. The seed is
  // fixed.
  constexpr int kSamples = 400;
  std::mt19937_64 engine(20240607);
  std::normal_distribution<double> normal;
  int mean_covered = 0;
  int median_covered = 0;
  for (int s = 0; s < kSamples; ++s) {
    Values sample(50);
    for (double& value : sample) value = normal(engine);
    const gbid::BootstrapConfig config{.seed = static_cast<std::uint64_t>(s)};
    const gbid::Estimate found = gbid::estimate(sample, config);
    mean_covered += found.mean_interval.low <= 0.0 && 0.0 <= found.mean_interval.high;
    median_covered += found.median_interval.low <= 0.0 && 0.0 <= found.median_interval.high;
  }
  CHECK(mean_covered >= 0.88 * kSamples);
  CHECK(mean_covered <= 0.99 * kSamples);
  CHECK(median_covered >= 0.88 * kSamples);
  CHECK(median_covered < kSamples);
}

TEST_CASE("estimate: counts, centre and interval come from the same clean sample") {
  const gbid::Estimate found = gbid::estimate(Values{2.0, kNaN, 4.0, 9.0});
  CHECK(found.count == 3);
  CHECK(found.missing == 1);
  CHECK(found.mean == 5.0);
  CHECK(found.median == 4.0);
  CHECK(found.median_interval.is_defined());
  const gbid::Estimate nothing = gbid::estimate(Values{kNaN});
  CHECK(nothing.count == 0);
  CHECK(std::isnan(nothing.mean));
  CHECK_FALSE(nothing.mean_interval.is_defined());
}
