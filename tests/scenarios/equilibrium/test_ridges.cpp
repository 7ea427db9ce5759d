// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include "scenarios/play/play_in_memory.hpp"

using namespace gbid;

TEST_CASE(
    "a search finds responses on ridges where many columns share the minimum, and at corners") {
  // The game of nash.toml with six agents, whose best responses here leave four columns level and
  // spend up to a corner of the mask on one counterpart, or leave two level and three at corners.
  const Scenario scenario = scenario_from_text(
      "seed = 1\ntrials = 25\nsteps = 0\ncertify = true\n"
      "[market]\nstructure = \"bid_matrix\"\nagents = 6\n"
      "alpha = { kind = \"random\", low = 0.0, high = 1.0 }\n"
      "bids = { squash = \"clip\", shift = \"column_mean\", mask = \"hard\" }\n"
      "utility = { kind = \"quadratic\", hessians = \"random\" }\n"
      "ranking = { source = \"bids\", normalise = \"minmax\", offset = 1e-5 }\n"
      "[market.payoff]\nutility = { weight = 1.0, by = \"alpha\" }\n"
      "ranking = { weight = 1.0, by = \"one_minus_alpha\" }\n"
      "[agents]\nnetwork = \"table\"\ninitial_bids = \"minmax_rows\"\n"
      "[regimes.learned]\nobjective = \"own_payoff\"\n");
  struct Case {
    Index trial;
    std::size_t agent;
    double gain;  // of brute force: 2000 polished starts of tests/reference/best_responses.cpp
  };
  for (const Case& at : {Case{2, 2, 0.49761674}, Case{20, 0, 0.51882826}}) {
    const double found =
        play_in_memory(scenario, std::string("learned"), at.trial).last("gain")[at.agent];
    CHECK(found >= at.gain * (1.0 - 1e-4));
    CHECK(found < at.gain * 1.1);  // and it is this game
  }
}
