// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Markets whose products and passes are shared out among threads.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <oneapi/tbb/task_arena.h>

#include "scenarios/play/play_in_memory.hpp"

using namespace gbid;

namespace {

// Above 512 agents all is in several tasks: products and their parts, passes over the inverse, sums
// of columns.
constexpr const char* kScenario = R"(
steps = {}
[market]
structure = "bid_matrix"
agents = 520
[market.bids]
shift = "column_mean"
[market.payoff]
utility = 1.0
emission = 1.0
divergence = -0.5
[regimes.planner]
objective = "mean_payoff"
[regimes.at_once]
objective = "own_payoff"
[regimes.one_random]
schedule = "one_random"
[record]
trajectory = ["payoff"]
final = ["bids", "interranking"]
)";

}  // namespace

TEST_CASE("a market of 520 agents: the same bits on one, two and five threads") {
  const Scenario few = scenario_from_text(fmt::format(kScenario, 2)),
                 many = scenario_from_text(fmt::format(kScenario, 12));
  for (const char* regime : {"planner", "at_once", "one_random"}) {
    CAPTURE(regime);
    const Scenario& scenario = std::string(regime) == "one_random" ? many : few;
    const auto on = [&](int threads) {
      PlayedTrial played;
      tbb::task_arena(threads).execute([&] { played = play_in_memory(scenario, regime, 0); });
      return played;
    };
    const PlayedTrial alone = on(1);
    CHECK(alone.result.end == RunResult::End::kCompleted);
    for (const int threads : {2, 5}) {
      CAPTURE(threads);
      const PlayedTrial shared = on(threads);
      CHECK(shared.trajectory == alone.trajectory);
      CHECK(shared.final == alone.final);
    }
  }
}
