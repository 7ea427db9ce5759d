// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// However the trials of a sweep are divided into blocks, each leaves the same bits.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "scenarios/loading/scenario.hpp"
#include "scenarios/sweep/player.hpp"
#include "tests/temporary_folder.hpp"

using namespace gbid;
using gbid::test::TemporaryFolder;

namespace {

constexpr const char* kScenario = R"(
seed = 5
trials = 11
steps = 400
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
[record]
every = 7
)";
// So many workers that each has a trial of its own.
constexpr int kMany = 1000000;

SweepPlan plan_of(const std::vector<std::string>& axes, const std::vector<std::string>& sets = {}) {
  SweepSource source{config::Document::from_text(kScenario, "s.toml"), {}};
  for (const std::string& text : sets) source.document.set(text);
  for (const std::string& text : axes) source.grid.axes.push_back(parse_axis(text));
  ImageCache images;
  return plan_sweep(source, images);
}

/// What the jobs leave, in a folder of their own.
class Played {
 public:
  Played(const SweepPlan& plan, const std::vector<SweepJob>& jobs, double memory_bytes = 1e12) {
    ImageCache images;
    PartWriter part(folder_.file(""), plan.fingerprint);
    std::atomic<bool> stop = false;
    SweepPlayer player(plan, jobs, nullptr, images, part, {2, memory_bytes, {}, nullptr, false});
    SoloTeam team(jobs.size());
    player.play(team, stop);
    part.close();
    parts_ = std::make_unique<Parts>(std::vector{folder_.file("")}, plan.fingerprint);
  }
  const std::map<Unit, StoredUnit>& units() const { return parts_->units(); }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<Parts> parts_;
};

void check_same(const std::map<Unit, StoredUnit>& found, const std::map<Unit, StoredUnit>& alone) {
  const auto are_same = [](std::span<const double> a, std::span<const double> b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) {
      return x == y || (std::isnan(x) && std::isnan(y));  // a trial that fails may record none
    });
  };
  REQUIRE(found.size() == alone.size());
  for (const auto& [unit, stored] : alone) {
    CAPTURE(unit.point);
    CAPTURE(unit.regime);
    CAPTURE(unit.trial);
    const StoredUnit& other = found.at(unit);
    CHECK(other.status == stored.status);
    CHECK(other.steps_done == stored.steps_done);
    CHECK(other.message == stored.message);
    CHECK(are_same(other.trajectory, stored.trajectory));
    CHECK(are_same(other.final_values, stored.final_values));
  }
}

std::int64_t largest_block(const std::vector<SweepJob>& jobs) {
  std::int64_t largest = 0;
  for (const SweepJob& job : jobs)
    for (const UnitBlock& block : job.blocks) largest = std::max(largest, block.count);
  return largest;
}

}  // namespace

TEST_CASE("sweep: trials that are played side by side leave the bits of trials alone") {
  const SweepPlan plan = plan_of({"market.agents=3,6", "market.payoff.divergence=-1,0"});
  const std::vector<SweepJob> blocks = make_jobs(plan),
                              single = make_jobs(plan, {.workers = kMany});
  CHECK(largest_block(blocks) == 8);
  CHECK(largest_block(single) == 1);
  const Played alone(plan, single);
  CHECK(alone.units().size() == 4 * 2 * 11);
  check_same(Played(plan, blocks).units(), alone.units());
}

TEST_CASE("sweep: a trial that fails in a block fails alone, with its own message") {
  const SweepPlan plan = plan_of({"market.payoff.utility=1e8"},
                                 {"learning.learner={kind='sgd',rate=1e300}", "steps=40"});
  const Played alone(plan, make_jobs(plan, {.workers = kMany}));
  std::int64_t failed = 0;
  for (const auto& [unit, stored] : alone.units()) failed += stored.status == TrialStatus::kFailed;
  CHECK(failed > 0);  // so steep that some trials overflow
  CHECK(failed < 22);
  check_same(Played(plan, make_jobs(plan)).units(), alone.units());
}

TEST_CASE("sweep: a block that needs more memory than there is is played in parts that fit") {
  const SweepPlan plan = plan_of({"market.agents=5"});
  const std::vector<SweepJob> jobs = make_jobs(plan);
  const Played alone(plan, make_jobs(plan, {.workers = kMany}));
  const double bytes = plan.points[0].costs[0].bytes;
  check_same(Played(plan, jobs, 3.5 * bytes).units(), alone.units());
  const Played refused(plan, jobs, 0.5 * bytes);
  CHECK(refused.units().size() == 22);
  for (const auto& [unit, stored] : refused.units()) {
    CHECK(stored.status == TrialStatus::kFailed);
    CHECK(stored.message.find("--memory") != std::string_view::npos);
  }
}

TEST_CASE("sweep: blocks that were stopped go on as they were, on any number of workers") {
  const SweepPlan plan = plan_of({"market.agents=6"}, {"steps=60000", "record.every=1000"});
  const TemporaryFolder folder;
  const std::string place = folder.file("");
  CheckpointFolder checkpoints(place);
  const auto play = [&](const std::vector<SweepJob>& jobs, double stop_at) {
    ImageCache images;
    PartWriter part(place, plan.fingerprint);
    std::atomic<bool> stop = false;
    SweepPlayer player(plan, jobs, nullptr, images, part, {1, 1e12, {}, &checkpoints, false});
    SoloTeam team(jobs.size());
    const std::jthread watch([&](const std::stop_token& is_over) {
      while (!is_over.stop_requested() && player.progress().flops_done < stop_at)
        std::this_thread::sleep_for(std::chrono::microseconds(100));
      if (!is_over.stop_requested()) stop = true;
    });
    player.play(team, stop);
    part.close();
  };
  double flops = 0.0;
  for (const UnitCost& cost : plan.points[0].costs) flops += 11 * cost.flops;
  play(make_jobs(plan), 0.1 * flops);
  const std::vector<CheckpointPlace> kept = checkpoints.places(plan.fingerprint);
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].trials == 8);
  CHECK(checkpoints.read(plan.fingerprint, 0, kept[0].regime, kept[0].first_trial)[0].step > 0);
  const std::vector<std::string> folders{place};
  const auto left = [&](const Parts& done) {
    return make_jobs(plan, {.done = &done, .kept = kept, .workers = kMany});
  };
  {
    const Parts done(folders, plan.fingerprint);
    CHECK(largest_block(left(done)) == 8);
    play(left(done), 2.0 * flops);
  }
  const Parts all(folders, plan.fingerprint);
  CHECK(left(all).empty());
  CHECK(checkpoints.places(plan.fingerprint).empty());
  check_same(all.units(), Played(plan, make_jobs(plan, {.workers = kMany})).units());
}

TEST_CASE("sweep: a kept block of which a trial is done is divided anew") {
  const SweepPlan plan = plan_of({"market.agents=4"});
  const TemporaryFolder folder;
  PartWriter part(folder.file(""), plan.fingerprint);
  UnitResult done;
  done.unit = {0, 1, 2};
  done.outcome.status = TrialStatus::kCompleted;
  part.append(std::vector{done});
  part.close();
  const Parts parts({folder.file("")}, plan.fingerprint);
  const auto jobs = make_jobs(
      plan, {.done = &parts, .kept = {{0, 0, 3, 5}, {0, 1, 0, 8}, {0, 0, 9, 99}, {0, 0, -1, 2}}});
  std::vector<std::vector<std::int64_t>> blocks[2];
  for (const SweepJob& job : jobs)
    for (const auto& [first, count] : job.blocks)
      blocks[first.regime].push_back({first.trial, count});
  CHECK(blocks[0] == std::vector<std::vector<std::int64_t>>{{3, 5}, {0, 3}, {8, 3}});
  CHECK(blocks[1] == std::vector<std::vector<std::int64_t>>{{0, 2}, {3, 8}});
}
