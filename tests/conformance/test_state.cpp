// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// The table of arrays of every registered structure is whole: what it saves is all that a trial
// needs to go on.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <string_view>

#include "engine/core/error.hpp"
#include "tests/conformance/small_scenario.hpp"

using namespace gbid;
using gbid::test::is_same;
using gbid::test::small;

namespace {

struct Memory final : Recorder {
  std::vector<double> values, last;
  void trajectory(Index, Index, std::span<const double> block) override {
    values.insert(values.end(), block.begin(), block.end());
  }
  void final(std::span<const double> block) override { last.assign(block.begin(), block.end()); }
};

RunResult run(Simulation& simulation, Memory& memory) {
  std::atomic<std::int64_t> done = 0;
  const std::atomic<bool> stop = false;
  return simulation.run(memory, stop, done);
}

/// Plays on from what was saved after each step of `stops`, in fresh markets, and compares.
void check_resume(const Scenario& scenario, std::size_t regime, const std::vector<Index>& stops) {
  Memory whole;
  const RunResult unbroken = run(*scenario.simulation(regime, 0), whole);
  REQUIRE(unbroken.end != RunResult::End::kFailed);
  std::vector<double> values;
  std::string saved;
  for (const Index stop : stops) {
    CAPTURE(stop);
    const auto part = scenario.simulation(regime, 0);
    if (!saved.empty()) part->load(saved);
    Memory memory;
    part->stop_at(stop);
    const RunResult result = run(*part, memory);
    REQUIRE(result.end == RunResult::End::kStopped);
    values.insert(values.end(), memory.values.begin(), memory.values.end());
    CHECK(result.steps == stop);
    saved = part->save();
  }
  const auto rest = scenario.simulation(regime, 0);
  rest->load(saved);
  Memory memory;
  const RunResult result = run(*rest, memory);
  values.insert(values.end(), memory.values.begin(), memory.values.end());
  CHECK(result.end == unbroken.end);
  CHECK(result.steps == unbroken.steps);
  CHECK(is_same(values, whole.values));
  CHECK(is_same(memory.last, whole.last));
}

}  // namespace

TEST_CASE(
    "every structure, learner and schedule: a trial resumed from its table has the same bits") {
  for (const StructureEntry& entry : structures())
    for (const auto& learner : learner_kinds().core().all())
      for (const char* schedule : {"all_agents", "one_random", "{kind=\"random_subset\",size=2}"}) {
        CAPTURE(entry.name);
        CAPTURE(learner.name);
        CAPTURE(schedule);
        const std::string quoted =
            schedule[0] == '{' ? schedule : "\"" + std::string(schedule) + "\"";
        const std::string regime =
            "regimes={play={learner=\"" + learner.name + "\",schedule=" + quoted + "}}";
        try {
          const Scenario scenario = small(
              entry,
              {"steps=9", "record.every=1", "learning.learner=\"" + learner.name + "\"", regime});
          check_resume(scenario, 0, {0, 3, 7});
        } catch (const ScenarioError& error) {
          // What a structure refuses is held by the table of refusals; a single agent has no subset
          // of two.
          const std::string message = error.what();
          CHECK((message.find("best_response") != std::string::npos ||
                 message.find("got natural") != std::string::npos ||
                 message.find("a subset of at most 1 agents") != std::string::npos));
        }
      }
}

TEST_CASE(
    "a trial that settles, changes its stage or refines its end does so at the same step if "
    "resumed") {
  for (const char* more :
       {"learning.until=\"settled\";learning.settled={window=20,tolerance=0.5}",
        "learning.until=\"settled\";learning.settled={window=12,tolerance=0.5};"
        "regimes.play.stages={then={steps=20,learner=\"momentum\"}}",
        "regimes.play.groups={some={agents=[0,2],objective=\"group_payoff\",learner=\"sgd\"}}",
        "regimes.play.refine=\"better_responses\""}) {
    CAPTURE(std::string(more));
    std::vector<std::string> set = {"steps=40", "record.every=1", "market.agents=5",
                                    "regimes={play={schedule=\"one_random\"}}"};
    for (std::string_view rest = more; !rest.empty();) {
      const std::size_t end = std::min(rest.find(';'), rest.size());
      set.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    for (const StructureEntry& entry : structures())
      if (entry.name == std::string("bid_matrix"))
        check_resume(small(entry, set), 0, {0, 3, 9, 10, 11});
  }
}

TEST_CASE("agents with networks that observe, and paths that are followed, resume as well") {
  for (const StructureEntry& entry : structures()) {
    if (!entry.has_bidding_agents) continue;
    CAPTURE(entry.name);
    const Scenario scenario = small(
        entry,
        {"steps=40", "record.every=1",
         "agents.network={kind=\"mlp\",hidden=[5],observe=[\"constant\",\"prices\",\"rankings\","
         "\"own_payoff\"]}",
         "record.trajectory=[\"payoff\",\"updates\",\"distance_travelled\",\"displacement\"]",
         "record.final=[\"cycling\"]", "learning.learner.rate=0.01",
         "regimes={play={schedule=\"one_random\"}}"});
    check_resume(scenario, 0, {1, 2, 3, 17, 33});
  }
}

TEST_CASE("every structure: nothing of a table is lost or taken for another's") {
  for (const StructureEntry& entry : structures()) {
    CAPTURE(entry.name);
    const Scenario scenario = small(entry);
    const auto market = scenario.structure().trial_market(0, scenario.plan(0), 0);
    const std::string saved = market->state().save();
    market->state().load(saved);
    CHECK(market->state().save() == saved);
    CHECK_THROWS_AS(market->state().load(saved.substr(0, saved.size() - 1)), DataError);
    CHECK_THROWS_AS(market->state().load(saved + "x"), DataError);
    CHECK_THROWS_AS(market->state().load("x" + saved.substr(1)), DataError);
    // The estimate of memory covers all that is kept.
    CHECK(scenario.simulation_bytes(0) >= market->state().bytes());
  }
}

TEST_CASE("every structure: trials side by side give the numbers that each gives alone") {
  for (const StructureEntry& entry : structures()) {
    CAPTURE(entry.name);
    const Scenario scenario =
        small(entry, {"trials=3", "regimes={play={schedule=\"one_random\"}}"});
    Memory together[3];
    Recorder* const recorders[] = {&together[0], &together[1], &together[2]};
    std::atomic<std::int64_t> done = 0;
    const std::atomic<bool> stop = false;
    const auto results = scenario.block(0, 0, 3)->run(recorders, stop, done);
    CHECK(done.load() == 3 * scenario.plan(0).recorded_steps.back());
    for (Index trial = 0; trial < 3; ++trial) {
      CAPTURE(trial);
      Memory alone;
      const RunResult result = run(*scenario.simulation(0, trial), alone);
      const auto t = static_cast<std::size_t>(trial);
      CHECK(results[t].steps == result.steps);
      CHECK(results[t].end == result.end);
      CHECK(is_same(together[t].values, alone.values));
      CHECK(is_same(together[t].last, alone.last));
    }
  }
}
