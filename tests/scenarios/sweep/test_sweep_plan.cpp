// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <set>

#include "engine/core/error.hpp"
#include "scenarios/loading/scenario.hpp"
#include "scenarios/sweep/jobs.hpp"
#include "scenarios/sweep/plan.hpp"

using namespace gbid;

namespace {

constexpr const char* kScenario = R"(
seed = 5
trials = 3
steps = 20
[market]
structure = "bid_matrix"
agents = 4
[market.payoff]
utility = 1.0
divergence = -0.5
[regimes.coordinated]
objective = "mean_payoff"
[regimes.competitive]
schedule = "one_random"
)";

SweepPlan plan(const std::vector<std::string>& over, SweepSeeds seeds = SweepSeeds::kIndependent,
               const std::string& more = "") {
  SweepSource source{config::Document::from_text(kScenario + more, "s.toml"), {}};
  for (const std::string& text : over) source.grid.axes.push_back(parse_axis(text));
  source.grid.seeds = seeds;
  ImageCache images;
  return plan_sweep(source, images);
}

}  // namespace

TEST_CASE("sweep plan: a point's text is the scenario that it plays") {
  const SweepPlan planned = plan({"market.agents=3,6", "market.payoff.divergence=-1,0"});
  REQUIRE(planned.points.size() == 4);
  const auto document = config::Document::from_text(planned.points[2].scenario_toml, "p.toml");
  const Scenario scenario = Scenario::load(document);
  CHECK(std::get<bid_matrix::MarketConfig>(scenario.config().market).agents == 6);
  CHECK(static_cast<std::uint64_t>(scenario.config().seed) == planned.points[2].seed);
  CHECK(scenario.resolved() == planned.points[2].scenario_toml);
  CHECK(planned.points[2].costs[0].bytes == scenario.simulation_bytes(0));
  CHECK(planned.unit_count() == 4 * 2 * 3);
}

TEST_CASE("sweep plan: seeds tell points apart, and only what they play counts") {
  const SweepPlan planned = plan({"market.agents=3,6,9"});
  std::set<std::uint64_t> seeds;
  for (const SweepPoint& point : planned.points) seeds.insert(point.seed);
  CHECK(seeds.size() == 3);
  CHECK(plan({"market.agents=9"}).points[0].seed == planned.points[2].seed);
  CHECK(
      plan({"market.agents=9"}, SweepSeeds::kIndependent, "[record]\nevery = 7\n").points[0].seed ==
      planned.points[2].seed);
  CHECK(plan({"market.agents=9"}, SweepSeeds::kCommon).points[0].seed == 5);
  // 100 points at random: the chance of any two seeds alike is below 1e-15.
  const SweepPlan many = plan({"market.payoff.divergence=lin:-1:0:100"});
  seeds.clear();
  for (const SweepPoint& point : many.points) seeds.insert(point.seed);
  CHECK(seeds.size() == 100);
}

TEST_CASE("sweep plan: points of one shape are brought together") {
  const SweepPlan planned =
      plan({"market.agents=3,6", "market.payoff.divergence=-1,0", "steps=20,25"});
  CHECK(planned.shapes.size() == 4);
  CHECK(planned.shapes[0].points == std::vector<std::int64_t>{0, 2});
  for (std::size_t k = 0; k < planned.points.size(); ++k) {
    const auto& points = planned.shapes[static_cast<std::size_t>(planned.points[k].shape)].points;
    CHECK(std::find(points.begin(), points.end(), static_cast<std::int64_t>(k)) != points.end());
  }
}

TEST_CASE("sweep plan: a wrong point is kept with its error, and thrown if all are wrong") {
  const SweepPlan planned = plan({"market.agents=3,1"});
  CHECK(planned.points[0].shape == 0);
  CHECK(planned.points[1].shape == -1);
  CHECK(planned.points[1].error.find("--over market.agents=1") != std::string::npos);
  CHECK_THROWS_AS(plan({"market.agents=1,0"}), ScenarioError);
  CHECK_THROWS_WITH_AS(plan({"market.agnets=3"}), doctest::Contains("agents"), ScenarioError);
}

TEST_CASE("sweep plan: the fingerprint knows whatever changes a number") {
  const std::string print = plan({"market.agents=3,6"}).fingerprint;
  CHECK(print.size() == 64);
  CHECK(plan({"market.agents=3,6"}).fingerprint == print);
  CHECK(plan({"market.agents=6,3"}).fingerprint != print);
  CHECK(plan({"market.agents=3,6"}, SweepSeeds::kCommon).fingerprint != print);
  CHECK(
      plan({"market.agents=3,6"}, SweepSeeds::kIndependent, "[record]\nevery = 7\n").fingerprint !=
      print);
  CHECK(plan({"market.agents=3,6"}, SweepSeeds::kIndependent, "# a comment\n").fingerprint ==
        print);
}

TEST_CASE("jobs of a sweep: every simulation once, the largest points first") {
  const SweepPlan planned = plan({"market.agents=3,6,60", "steps=10,2000"});
  const std::vector<SweepJob> jobs = make_jobs(planned);
  std::set<Unit> units;
  std::size_t count = 0;
  double largest = std::numeric_limits<double>::infinity();
  for (const SweepJob& job : jobs) {
    double of_point = 0.0;
    for (const UnitCost& cost :
         planned.points[static_cast<std::size_t>(job.blocks.front().first.point)].costs)
      of_point = std::max(of_point, cost.flops);
    CHECK(of_point <= largest);
    largest = of_point;
    for (const UnitBlock& block : job.blocks)
      for (std::int64_t k = 0; k < block.count; ++k) units.insert(block.at(k));
    count += static_cast<std::size_t>(job.unit_count());
  }
  CHECK(count == units.size());
  CHECK(static_cast<std::int64_t>(count) == planned.unit_count());
  // Markets of 60 agents for 2000 steps are a job of their own, of as many trials as there are side
  // by side; where threads are many, of one. Small ones are not.
  CHECK(jobs.front().unit_count() == 3);
  CHECK(make_jobs(planned, {.workers = 1000}).front().unit_count() == 1);
  CHECK(jobs.size() < count);
}

TEST_CASE("jobs of a sweep: shards share them without rest or repetition") {
  const SweepPlan planned = plan({"market.agents=3:12:1"});
  std::set<Unit> units;
  std::size_t count = 0;
  for (std::int64_t shard = 0; shard < 3; ++shard)
    for (const SweepJob& job : make_jobs(planned, {.shard = {shard, 3}})) {
      for (const UnitBlock& block : job.blocks)
        for (std::int64_t k = 0; k < block.count; ++k) units.insert(block.at(k));
      count += static_cast<std::size_t>(job.unit_count());
    }
  CHECK(count == units.size());
  CHECK(static_cast<std::int64_t>(count) == planned.unit_count());
}
