// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Groups of agents within a regime, and stages that follow the learning.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "engine/core/error.hpp"
#include "scenarios/play/play_in_memory.hpp"

using namespace gbid;

namespace {

/// A bid-matrix market of 6 agents with this [regimes] section.
Scenario market(const std::string& regimes, const std::string& more = "") {
  return scenario_from_text(R"(
    trials = 2
    steps = 40
    [market]
    structure = "bid_matrix"
    agents = 6
    payoff = { utility = 1.0, emission = 1.0, divergence = -0.5 }
    [agents]
    paired_start = true
    [learning]
    learner = { kind = "adam", rate = 0.05 }
    [record]
    every = 10
    trajectory = ["payoff", "updates"]
    final = ["raw_bids"]
    )" + more + "\n" + regimes);
}

std::string errors_of(const std::string& regimes) {
  try {
    market(regimes);
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return "";
}

double mean_of(const std::vector<double>& values, const std::vector<std::size_t>& which) {
  double total = 0.0;
  for (const std::size_t k : which) total += values[k] / static_cast<double>(which.size());
  return total;
}

}  // namespace

TEST_CASE("groups: agents that are fixed stay as they started, the others learn") {
  const Scenario scenario = market(R"(
    [regimes.play]
    [regimes.play.groups.honest]
    agents = [4, 0]
    objective = "fixed"
    )");
  CHECK(scenario.plan(0).groups.size() == 2);
  const PlayedTrial played = play_in_memory(scenario, 0, 0);
  const PlayedTrial before = play_in_memory(market("[regimes.play]\n", "[sweep]\n"), 0, 0);
  const std::vector<double> updates = played.last("updates");
  CHECK(updates == std::vector<double>{0, 40, 40, 40, 0, 40});
  // With nobody fixed the same agents move on from the same start.
  const std::vector<double> fixed = played.last("raw_bids"), free = before.last("raw_bids");
  for (std::size_t j = 0; j < 6; ++j) {
    CHECK(fixed[j] >= 0.0);  // as drawn from [0, 1)
    CHECK(fixed[j] < 1.0);
    CHECK(fixed[j] != free[j]);
  }
}

TEST_CASE("groups: one that is all agents plays as the regime's own keys do") {
  const Scenario plain = market(R"(
    [regimes.play]
    objective = "mean_payoff"
    schedule = "one_random"
    )");
  const Scenario grouped = market(R"(
    [regimes.play]
    [regimes.play.groups.everyone]
    agents = [0, 1, 2, 3, 4, 5]
    objective = "group_payoff"
    schedule = "one_random"
    )");
  const PlayedTrial a = play_in_memory(plain, 0, 1), b = play_in_memory(grouped, 0, 1);
  CHECK(a.last("raw_bids") == b.last("raw_bids"));
  CHECK(a.trajectory.at("payoff") == b.trajectory.at("payoff"));
}

TEST_CASE(
    "groups: a coalition that maximises its joint payoff does better than its members alone") {
  const std::string alone = "[regimes.play]\n";
  const std::string together = R"(
    [regimes.play]
    [regimes.play.groups.cabal]
    agents = [1, 3]
    objective = "group_payoff"
    learner = { kind = "adam", rate = 0.05 }
    )";
  // One trial is one game; both trials, so that it is no accident.
  for (const Index trial : {0, 1}) {
    const std::string longer = "";
    const PlayedTrial a = play_in_memory(market(alone, longer), 0, trial);
    const PlayedTrial b = play_in_memory(market(together, longer), 0, trial);
    CHECK(mean_of(b.last("payoff"), {1, 3}) > mean_of(a.last("payoff"), {1, 3}));
  }
}

TEST_CASE("stages: refinement begins after the learning, with learners that start afresh") {
  const Scenario scenario = market(R"(
    [regimes.play]
    [regimes.play.stages.refine]
    steps = 20
    learner = { kind = "sgd", rate = 0.01 }
    )");
  CHECK(scenario.plan(0).stages.size() == 2);
  CHECK(scenario.plan(0).recorded_steps.back() == 60);
  const PlayedTrial refined = play_in_memory(scenario, 0, 0);
  const PlayedTrial plain = play_in_memory(market("[regimes.play]\n"), 0, 0);
  CHECK(refined.result.steps == 60);
  CHECK(refined.last("updates")[0] == 20.0);
  // The same path as long as both learn, then another.
  const std::vector<double>& path = refined.trajectory.at("payoff");
  const std::vector<double>& short_path = plain.trajectory.at("payoff");
  CHECK(std::equal(short_path.begin(), short_path.end(), path.begin()));
  CHECK(path.size() > short_path.size());
}

TEST_CASE("groups and stages: what cannot be is refused with its place") {
  const std::string head = "[regimes.play]\n[regimes.play.groups.a]\n";
  CHECK(errors_of(head).find("agents") != std::string::npos);
  CHECK(errors_of(head + "agents = []\n").find("at least one agent") != std::string::npos);
  CHECK(errors_of(head + "agents = [6]\n").find("from 0 to 5, got 6") != std::string::npos);
  CHECK(errors_of(head + "agents = [1, 1]\n").find("got 1 again") != std::string::npos);
  CHECK(errors_of(head + "agents = [1]\n[regimes.play.groups.b]\nagents = [2, 1]\n")
            .find("regimes.play.groups.b.agents[1]") != std::string::npos);
  CHECK(errors_of(head + "agents = [1]\nschedule = { kind = \"random_subset\", size = 2 }\n")
            .find("at most 1 agents") != std::string::npos);
  CHECK(errors_of("[regimes.play]\n[regimes.play.stages.s]\nsteps = 0\n").find("steps") !=
        std::string::npos);
}
