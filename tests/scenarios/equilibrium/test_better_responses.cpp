// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "scenarios/play/play_in_memory.hpp"

using namespace gbid;

namespace {

constexpr double kAtRest = 1.0, kCycle = 2.0, kLimit = 3.0;

/// No agent's payoff depends on the others' bids, so that better responses come to rest; masks are
/// flat, so that gradients do not find them.
std::string bid_scenario(const std::string& regime, const std::string& more = "") {
  return "steps = 20\ncertify = true\n" + more +
         "[market]\nstructure = \"bid_matrix\"\nagents = 4\n"
         "alpha = { kind = \"random\", low = 0.0, high = 3.0 }\n"
         "bids = { shift = \"row_mean\", mask = \"hard\" }\n"
         "utility = { kind = \"quadratic\", scale = \"alpha\" }\n"
         "payoff = { utility = 1.0 }\n"
         "[regimes.r]\n" +
         regime;
}

}  // namespace

TEST_CASE("better responses lead from where learning is stuck to where no agent gains") {
  const PlayedTrial learned =
      play_in_memory(scenario_from_text(bid_scenario("objective = \"own_payoff\"\n")), 0, 0);
  CHECK(learned.scalar("relative_gain") > 0.1);
  CHECK_THROWS(learned.last("refine_end"));
  const PlayedTrial refined = play_in_memory(
      scenario_from_text(
          bid_scenario("objective = \"own_payoff\"\nrefine = \"better_responses\"\n")),
      0, 0);
  CHECK(refined.scalar("refine_end") == kAtRest);
  CHECK(refined.scalar("relative_gain") <= 1e-3);
  CHECK(refined.scalar("refine_moves") >= 1.0);
  CHECK(refined.scalar("refine_rounds") >= 2.0);  // the last one without a move
  // What was learned is recorded as it was, and the end apart.
  CHECK(refined.trajectory.at("welfare") == learned.trajectory.at("welfare"));
  CHECK(refined.scalar("learned_welfare") == doctest::Approx(learned.scalar("welfare")));
  double mean = 0.0;
  for (const double payoff : refined.last("certified_payoff")) mean += payoff / 4.0;
  CHECK(refined.scalar("refined_welfare") == doctest::Approx(mean));
}

TEST_CASE("a planner's better responses only raise the mean payoff") {
  const PlayedTrial refined = play_in_memory(
      scenario_from_text(
          bid_scenario("objective = \"mean_payoff\"\nrefine = \"better_responses\"\n")),
      0, 0);
  CHECK(refined.scalar("refine_end") == kAtRest);
  CHECK(refined.scalar("refined_welfare") > refined.scalar("learned_welfare") + 1e-3);
}

TEST_CASE("a planner keeps the best end of several starts, and says how many came to it") {
  // Agents cover each other's prices: what one of them buys is worth less to the others.
  const auto welfare = [](int starts, double* reached) {
    const PlayedTrial refined = play_in_memory(
        scenario_from_text(
            fmt::format("seed = 5\nsteps = 20\n[market]\nstructure = \"bid_matrix\"\nagents = 4\n"
                        "bids = {{ shift = \"column_mean\", mask = \"hard\" }}\n"
                        "utility = {{ kind = \"quadratic\" }}\npayoff = {{ utility = 1.0 }}\n"
                        "[regimes.r]\nobjective = \"mean_payoff\"\n"
                        "refine = {{ kind = \"better_responses\", starts = {} }}\n",
                        starts)),
        0, 0);
    CHECK(refined.scalar("refine_starts") == starts);
    CHECK(refined.scalar("refine_end") == kAtRest);
    CHECK(refined.scalar("refined_welfare") >= refined.scalar("learned_welfare"));
    *reached = refined.scalar("refine_reached");
    return refined.scalar("refined_welfare");
  };
  double reached = 0.0;
  const double one = welfare(1, &reached);
  CHECK(reached == 1.0);
  const double best = welfare(6, &reached);
  CHECK(best > one + 1e-3);
  CHECK(reached >= 1.0);
  CHECK(reached < 6.0);
}

TEST_CASE("agents of several groups move to what each of them wants") {
  const PlayedTrial refined =
      play_in_memory(scenario_from_text(bid_scenario(
                         "refine = \"better_responses\"\n"
                         "[regimes.r.groups.pair]\nagents = [0, 1]\nobjective = \"group_payoff\"\n"
                         "[regimes.r.groups.idle]\nagents = [3]\nobjective = \"fixed\"\n",
                         "record = { every = 20, final = [\"raw_bids\", \"certificate\"] }\n")),
                     0, 0);
  const PlayedTrial learned =
      play_in_memory(scenario_from_text(bid_scenario(
                         "[regimes.r.groups.pair]\nagents = [0, 1]\nobjective = \"group_payoff\"\n"
                         "[regimes.r.groups.idle]\nagents = [3]\nobjective = \"fixed\"\n",
                         "record = { every = 20, final = [\"raw_bids\"] }\n")),
                     0, 0);
  REQUIRE(refined.scalar("refine_end") == kAtRest);
  CHECK(refined.last("gain")[2] < 1e-3);  // on its own; the pair wants something else
  const std::vector<double> before = learned.last("raw_bids"), after = refined.last("raw_bids");
  for (std::size_t j = 0; j < 4; ++j) CHECK(after[12 + j] == before[12 + j]);
  CHECK(!std::equal(after.begin(), after.begin() + 12, before.begin()));
}

TEST_CASE("better responses that come back to where they were are a cycle") {
  // Matching pennies: the agent that moves changes sides.
  const std::string market =
      "steps = 3\n[market]\nstructure = \"bilinear\"\n[regimes.r]\n"
      "refine = { kind = \"better_responses\", order = \"in_turn\", rounds = ";
  const PlayedTrial cycle = play_in_memory(scenario_from_text(market + "50 }\n"), 0, 0);
  CHECK(cycle.scalar("refine_end") == kCycle);
  CHECK(cycle.scalar("refine_rounds") < 10.0);
  CHECK(cycle.scalar("refine_moves") >= 2.0);
  const PlayedTrial limit = play_in_memory(scenario_from_text(market + "1 }\n"), 0, 0);
  CHECK(limit.scalar("refine_end") == kLimit);
  // In random orders there is no cycle, and no rest either.
  const PlayedTrial random = play_in_memory(
      scenario_from_text(market.substr(0, market.find(", order")) + ", rounds = 20 }\n"), 0, 0);
  CHECK(random.scalar("refine_end") == kLimit);
  CHECK(random.scalar("refine_rounds") == 20.0);
}

TEST_CASE("what cannot be refined is refused") {
  for (const auto& [text, message] : std::vector<std::pair<std::string, std::string>>{
           {bid_scenario("objective = \"mean_utility\"\nrefine = \"better_responses\"\n"),
            "regimes.r.refine: expected an objective that is a payoff"},
           {"[market]\nstructure = \"auction\"\n[regimes.r]\nrefine = \"better_responses\"\n",
            "regimes.r.refine: expected no refinement"}}) {
    CAPTURE(message);
    std::string told;
    try {
      scenario_from_text(text);
    } catch (const std::exception& error) {
      told = error.what();
    }
    CHECK(told.find(message) != std::string::npos);
  }
}
