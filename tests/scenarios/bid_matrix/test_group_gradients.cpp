// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/scenarios/bid_matrix/bid_matrix_fixture.hpp"

using namespace gbid;
using namespace gbid::test;

TEST_CASE("group payoff: its gradient is that of the mean payoff of the group's members") {
  constexpr Index n = 5;
  const Game game = random_game(n, 7);
  for (const auto form : {DivergenceForm::kCrossEntropy, DivergenceForm::kSoftmax}) {
    CAPTURE(static_cast<int>(form));
    MarketConfig config;
    config.agents = n;
    config.divergence.form = form;
    config.payoff = {{"utility", {1.0}}, {"emission", {1.0}}, {"divergence", {-0.5}}};
    const PaddedMatrix raw = random_matrix(n, 3, 0.1, 0.9);
    const std::vector<Index> members{1, 2, 4};
    ClearedMarket cleared(config, game, raw, Objective::kGroupPayoff, n);
    PaddedMatrix gradient(n, n);
    cleared->differentiate({Objective::kGroupPayoff, members}, cleared.everyone(), gradient);
    double largest = 0.0;
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < n; ++j) {
        const double h = 1e-6;
        const auto joint = [&](double moved) {
          PaddedMatrix other = copy(raw);
          other(i, j) += moved;
          const auto values =
              ClearedMarket(config, game, other, Objective::kGroupPayoff, 1).values();
          return (values[1] + values[2] + values[4]) / 3.0;
        };
        const double difference = (joint(h) - joint(-h)) / (2.0 * h);
        largest = std::max(largest, std::fabs(difference));
        // Differences of step 1e-6 have a relative error near 1e-10.
        CHECK(gradient(i, j) == doctest::Approx(difference).epsilon(1e-6).scale(1e-2));
      }
    CHECK(largest > 1e-3);
    // A group of all is the planner, one of one the competitor.
    PaddedMatrix planner(n, n), own(n, n), all(n, n), alone(n, n);
    ClearedMarket mean(config, game, raw, Objective::kMeanPayoff, n);
    mean->differentiate(Objective::kMeanPayoff, mean.everyone(), planner);
    cleared->differentiate(Objective::kGroupPayoff, cleared.everyone(), all);
    ClearedMarket selfish(config, game, raw, Objective::kOwnPayoff, n);
    selfish->differentiate(Objective::kOwnPayoff, selfish.everyone(), own);
    for (Index i = 0; i < n; ++i) {
      const std::vector<Index> only{i};
      cleared->differentiate({Objective::kGroupPayoff, only}, cleared.everyone(), alone);
      for (Index j = 0; j < n; ++j) {
        CHECK(all(i, j) == planner(i, j));
        // Two closed forms, off by rounding.
        CHECK(alone(i, j) == doctest::Approx(own(i, j)).epsilon(1e-9).scale(1e-3));
      }
    }
  }
}
