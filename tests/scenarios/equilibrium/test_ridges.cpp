// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "scenarios/play/play_in_memory.hpp"

using namespace gbid;

namespace {

/// The game of nash.toml: masks with corners and a ranking that jumps where all columns are level.
std::string ranked_game(int agents) {
  return fmt::format(
      "[market]\nstructure = \"bid_matrix\"\nagents = {}\n"
      "alpha = {{ kind = \"random\", low = 0.0, high = 1.0 }}\n"
      "bids = {{ squash = \"clip\", shift = \"column_mean\", mask = \"hard\" }}\n"
      "utility = {{ kind = \"quadratic\", hessians = \"random\" }}\n"
      "ranking = {{ source = \"bids\", normalise = \"minmax\", offset = 1e-5 }}\n"
      "[market.payoff]\nutility = {{ weight = 1.0, by = \"alpha\" }}\n"
      "ranking = {{ weight = 1.0, by = \"one_minus_alpha\" }}\n"
      "[agents]\nnetwork = \"table\"\ninitial_bids = \"minmax_rows\"\n"
      "[learning]\nlearner = {{ kind = \"adam\", rate = 0.05 }}\n",
      agents);
}

}  // namespace

TEST_CASE("a search finds responses on ridges where many columns share the minimum") {
  // Best responses that leave four columns level and spend up to a corner of the mask on one
  // counterpart, or leave two level and three at corners.
  const Scenario scenario =
      scenario_from_text("seed = 1\ntrials = 25\nsteps = 0\ncertify = true\n" + ranked_game(6) +
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

TEST_CASE("better responses that come to rest are certified, also where rankings jump") {
  // Agents here level all columns up to rounding, where the ranking of the next market that clears
  // is another one or none.
  const Scenario scenario = scenario_from_text(
      "seed = 1\ntrials = 140\nstarts = 20\nsteps = 300\ncertify = true\n" + ranked_game(4) +
      "[regimes.refined]\nobjective = \"own_payoff\"\nschedule = \"all_agents\"\n"
      "refine = { kind = \"better_responses\", rounds = 30 }\n");
  for (const Index trial : {122, 130, 132}) {
    const PlayedTrial played = play_in_memory(scenario, std::string("refined"), trial);
    REQUIRE(played.result.message == "");
    CHECK(played.scalar("refine_moves") > 10.0);
    if (played.scalar("refine_end") == 1.0) CHECK(played.scalar("relative_gain") <= 1e-3);
  }
}
