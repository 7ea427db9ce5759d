// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <cmath>

#include "engine/core/error.hpp"
#include "scenarios/loading/scenario.hpp"
#include "tests/allocation_counter.hpp"

using namespace gbid;

namespace {

struct Memory final : Recorder {
  std::vector<double> values, last;
  void trajectory(Index, Index, std::span<const double> block) override {
    values.insert(values.end(), block.begin(), block.end());
  }
  void final(std::span<const double> block) override { last.assign(block.begin(), block.end()); }
};

/// Notes how many allocations there have been, at every record.
struct CountAllocations final : Recorder {
  std::vector<std::int64_t> counts;
  CountAllocations() { counts.reserve(4096); }
  void trajectory(Index, Index, std::span<const double>) override {
    counts.push_back(test::allocation_count());
  }
  void final(std::span<const double>) override {}
};

/// One agent in a market whose end cannot be recorded.
class FailsAtTheEnd final : public TrialMarket {
 public:
  FailsAtTheEnd() {
    state_.add({{"welfare", "steps so far", "1", {}}, Role::kCounter, Recorded::kTrajectory},
               steps_);
  }
  Index agents() const override { return 1; }
  void observe(Index, const Movers&) override {}
  void bid(const Movers&) override {}
  void clear(const Movers&) override {}
  void differentiate(const Movers&) override {}
  void learn(const Movers&, int) override { ++steps_; }
  void restore(Index) override {}
  void derive(Index, Recorded when) override {
    if (when == Recorded::kFinal)
      throw NumericError("certificate: the payoff of agent 0 is not finite");
  }

 private:
  Index steps_ = 0;
};

Scenario scenario(const std::string& overrides) {
  config::Document document = config::Document::from_file(
      GBID_SOURCE_DIR "/scenarios/bid_matrix/price_of_anarchy_notebook_budget.toml");
  std::size_t begin = 0;
  while (begin < overrides.size()) {
    const std::size_t end = std::min(overrides.find(';', begin), overrides.size());
    document.set(overrides.substr(begin, end - begin));
    begin = end + 1;
  }
  return Scenario::load(document);
}

RunResult run(const Scenario& scenario, std::size_t regime, Recorder& recorder, int threads = 1) {
  const std::atomic<bool> stop = false;
  std::atomic<std::int64_t> done = 0;
  RunResult result;
  tbb::task_arena arena(threads);
  arena.execute([&] { result = scenario.simulation(regime, 0)->run(recorder, stop, done); });
  CHECK(done.load() == scenario.plan(regime).recorded_steps.back());
  return result;
}

}  // namespace

TEST_CASE("one simulation gives the same bits on 1, 2, 3 and 8 threads") {
  const tbb::global_control more(tbb::global_control::max_allowed_parallelism, 8);
  // 300 agents are three blocks of a product and ten of agents; 600 are three blocks of a pass.
  for (const char* overrides :
       {"market.agents=300;steps=3;record.every=1",
        "market.agents=600;steps=20;regimes.coordinated.objective=own_payoff;"
        "regimes.coordinated.schedule=round_robin;record.every=5",
        "market.agents=150;steps=4;regimes.coordinated.objective=own_payoff;market.divergence.form="
        "softmax"}) {
    CAPTURE(overrides);
    const Scenario market = scenario(overrides);
    Memory one;
    run(market, 0, one, 1);
    CHECK(one.values.size() > 0);
    for (const int threads : {2, 3, 8}) {
      Memory many;
      run(market, 0, many, threads);
      CHECK(many.values == one.values);
      CHECK(many.last == one.last);
    }
  }
}

TEST_CASE("the step loop allocates nothing") {
  if (test::allocation_count() < 0) return;  // the sanitizers' own allocator is not counted
  for (const char* overrides :
       {"market.agents=10", "market.agents=100", "market.agents=10;agents.network.kind=mlp",
        "market.agents=200;regimes.competitive.schedule={kind=\"random_subset\",size=3}",
        "market.agents=40;learning.learner=extragradient",
        "market.agents=30;market.divergence.form=softmax"})
    for (const std::size_t regime : {0u, 1u}) {
      CAPTURE(std::string(overrides));
      CAPTURE(regime);
      // Every record is handed over at once, so that the counts stand for single steps.
      const Scenario market = scenario(std::string(overrides) +
                                       ";steps=40;record.every=1;record.trajectory=[\"payoff\"]");
      CountAllocations counter;
      const std::int64_t before = test::allocation_count();
      const std::unique_ptr<Simulation> simulation = market.simulation(regime, 0);
      CHECK(test::allocation_count() > before);  // the counter counts
      const std::atomic<bool> stop = false;
      std::atomic<std::int64_t> done = 0;
      const std::int64_t start = test::allocation_count();
      tbb::task_arena(1).execute([&] { simulation->run(counter, stop, done); });
      // What is left is the arena and the buffer of the final variables: less than one for each of
      // the 40 steps.
      CHECK(test::allocation_count() - start < 40);
    }
}

TEST_CASE("agents with equal updates: the budget counts what each agent gets") {
  const Scenario fair = scenario("learning.budget=updates_per_agent;steps=50;record.every=10");
  CHECK(fair.plan(0).recorded_steps.back() == 50);
  CHECK(fair.plan(1).recorded_steps.back() == 500);
  CHECK(fair.plan(0).recorded_steps.size() == fair.plan(1).recorded_steps.size());
  Memory memory;
  run(fair, 1, memory);
  double updates = 0.0;
  for (Index i = 0; i < 10; ++i)
    updates += memory.values[memory.values.size() - 1 - static_cast<std::size_t>(i)];
  CHECK(updates == 500.0);
}

TEST_CASE("a run ends once its welfare has settled, and says so") {
  const Scenario settling = scenario("learning.until=settled;steps=100000;record.every=10");
  Memory memory;
  const RunResult result = run(settling, 0, memory);
  CHECK(result.end == RunResult::End::kSettled);
  CHECK(result.steps < 100000);
  // The criterion, read off the records: welfare comes first in each.
  const auto width = static_cast<std::size_t>(settling.plan(0).trajectory_width);
  const std::size_t records = memory.values.size() / width;
  double low = 1e300, high = -1e300, total = 0.0;
  for (std::size_t k = records - 20; k < records; ++k) {
    const double welfare = memory.values[k * width];
    low = std::min(low, welfare), high = std::max(high, welfare), total += welfare / 20.0;
  }
  CHECK(high - low <= 1e-3 * std::fabs(total));
}

TEST_CASE("paired regimes start from the same bids, others from their own") {
  for (const bool paired : {true, false}) {
    const Scenario market =
        scenario(std::string("agents.paired_start=") + (paired ? "true" : "false") +
                 ";steps=0;record.final=[\"raw_bids\"]");
    Memory first, second;
    run(market, 0, first);
    run(market, 1, second);
    CHECK((first.last == second.last) == paired);
  }
}

TEST_CASE("all learners climb a coordinated market") {
  for (const char* learner : {"sgd", "momentum", "adam", "optimistic", "extragradient"}) {
    CAPTURE(learner);
    const Scenario market = scenario(std::string("steps=200;learning.learner=") + learner);
    Memory memory;
    run(market, 0, memory);
    const auto width = static_cast<std::size_t>(market.plan(0).trajectory_width);
    CHECK(memory.values[memory.values.size() - width] > memory.values[0]);
  }
}

TEST_CASE("perceptrons that see prices, rankings and their payoff climb as well") {
  const Scenario market = scenario(
      "steps=300;agents.network={kind=\"mlp\",hidden=[8],activation=\"gelu\","
      "observe=[\"constant\",\"prices\",\"rankings\",\"own_payoff\"]};learning.learner.rate=0.01");
  Memory memory;
  run(market, 0, memory);
  const auto width = static_cast<std::size_t>(market.plan(0).trajectory_width);
  CHECK(memory.values[memory.values.size() - width] > memory.values[0]);
}

TEST_CASE("a numeric failure ends the run, keeps its records, and names step and agent") {
  const Scenario market =
      scenario("learning.learner={kind=\"sgd\",rate=1e308};market.payoff.utility=1e10");
  Memory memory;
  const RunResult result = run(market, 0, memory);
  CHECK(result.end == RunResult::End::kFailed);
  CHECK(result.message.find("step ") != std::string::npos);
  CHECK(result.message.find("agent ") != std::string::npos);
  CHECK(memory.values.size() > 0);
  CHECK(memory.last.empty());
}

TEST_CASE("an end that cannot be recorded fails its trial and keeps its path") {
  RegimePlan plan;
  plan.recorded_steps = {0, 1, 2};
  plan.trajectory_width = plan.final_width = 1;
  std::vector<std::unique_ptr<TrialMarket>> trials;
  trials.push_back(std::make_unique<FailsAtTheEnd>());
  plan.trajectory = {"welfare"};
  const MoverGroup groups[] = {MoverGroup{}};
  const Simulation::Own own[] = {{.key = {}}};
  Simulation simulation(std::make_unique<TrialByTrial>(std::move(trials)), plan, groups, own);
  Memory memory;
  const std::atomic<bool> stop = false;
  std::atomic<std::int64_t> done = 0;
  const RunResult result = simulation.run(memory, stop, done);
  CHECK(result.end == RunResult::End::kFailed);
  CHECK(result.message == "end after step 2: certificate: the payoff of agent 0 is not finite");
  CHECK(memory.values == std::vector<double>{0.0, 1.0, 2.0});
  CHECK(memory.last.empty());
}
