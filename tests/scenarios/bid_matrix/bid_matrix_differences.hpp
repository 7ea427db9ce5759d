// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tests/scenarios/bid_matrix/bid_matrix_fixture.hpp"

namespace gbid::test {

struct Case {
  std::string name;
  MarketConfig config;
};

/// Central difference of values()[what] with respect to raw(i, j).
inline double difference(const Case& c, const Game& game, const PaddedMatrix& raw, Index i, Index j,
                         std::size_t what) {
  const double h = 1e-6;
  PaddedMatrix moved = copy(raw);
  moved(i, j) = raw(i, j) + h;
  const double above =
      ClearedMarket(c.config, game, moved, Objective::kMeanPayoff, 1).values()[what];
  moved(i, j) = raw(i, j) - h;
  const double below =
      ClearedMarket(c.config, game, moved, Objective::kMeanPayoff, 1).values()[what];
  return (above - below) / (2 * h);
}

/// Own gradients of all agents and of one alone, and those of the mean payoff and, for a case named
/// "utility ...", of the mean utility. Differences of step 1e-6 have a relative error near 1e-10.
inline void check_gradients(const Case& c, const Game& game, const PaddedMatrix& raw) {
  const Index n = raw.rows();
  CAPTURE(c.name);
  CAPTURE(n);
  PaddedMatrix own(n, n), row(1, n), common(n, n), utility(n, n);
  ClearedMarket all(c.config, game, raw, Objective::kOwnPayoff, n);
  all->differentiate(Objective::kOwnPayoff, all.everyone(), own);
  ClearedMarket mean(c.config, game, raw, Objective::kMeanPayoff, n);
  mean->differentiate(Objective::kMeanPayoff, mean.everyone(), common);
  mean->differentiate(Objective::kMeanUtility, mean.everyone(), utility);
  ClearedMarket one(c.config, game, raw, Objective::kOwnPayoff, 1);
  double scale = 0.0, worst = 0.0, largest_common = 0.0, worst_row = 0.0;
  const auto count = static_cast<std::size_t>(n);
  for (Index i = 0; i < n; ++i) {
    const Index movers[] = {i};
    one->differentiate(Objective::kOwnPayoff, {movers, false}, row);
    for (Index j = 0; j < n; ++j) {
      const double by_difference = difference(c, game, raw, i, j, static_cast<std::size_t>(i));
      const double mean_difference = difference(c, game, raw, i, j, 2 * count);
      double utility_difference = 0.0;
      if (c.name.starts_with("utility"))
        for (std::size_t k = 0; k < count; ++k)
          utility_difference += difference(c, game, raw, i, j, count + k) / static_cast<double>(n);
      scale = std::max(scale, std::fabs(by_difference));
      largest_common = std::max(largest_common, std::fabs(mean_difference));
      worst = std::max(
          {worst, std::fabs(own(i, j) - by_difference), std::fabs(common(i, j) - mean_difference)});
      if (c.name.starts_with("utility"))
        worst = std::max(worst, std::fabs(utility(i, j) - utility_difference));
      worst_row = std::max(worst_row, std::fabs(own(i, j) - row(0, j)));
    }
  }
  CHECK(scale > 1e-6);
  // The mean of an l1 or softmax ranking that is weighted evenly does not move; every other mean
  // does.
  CHECK(largest_common > 1e-7);
  CHECK(worst < 1e-6 * std::max(1.0, scale));
  CHECK(worst_row < 1e-12 * std::max(1.0, scale));
}

}  // namespace gbid::test
