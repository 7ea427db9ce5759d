// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Whole sweeps, from the scenario to the file: validating, handing out, playing, writing parts and
// merging them.
//   thousand       1,000 points x 2 regimes x 1,000 steps of ten agents
//   overhead       what a point costs besides its steps: two simulations of no step
//   efficiency     time on one thread / (2 x time on two), in one run
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <oneapi/tbb/global_control.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <vector>

#include "analysis/sweep/file.hpp"
#include "scenarios/sweep/player.hpp"

namespace {

using namespace gbid;

constexpr const char* kScenario = R"(
steps = {}
[market]
structure = "bid_matrix"
agents = {}
[market.payoff]
utility = 1.0
emission = 1.0
divergence = -0.5
[learning]
learner = {{ kind = "adam", rate = 0.05 }}
[regimes.coordinated]
objective = "mean_payoff"
schedule = "all_agents"
[regimes.competitive]
objective = "own_payoff"
schedule = "one_random"
[record]
every = 10
)";

/// Seconds from the scenario's text to the file under its name.
double sweep_seconds(Index agents, Index steps, int points, int threads) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(threads) + 1);
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / fmt::format("gbid_bench_{}", getpid());
  std::filesystem::create_directories(folder);
  const auto start = std::chrono::steady_clock::now();
  SweepSource source{
      config::Document::from_text(fmt::format(kScenario, steps, agents), "bench.toml"), {}};
  source.grid.axes.push_back(
      parse_axis(fmt::format("market.payoff.divergence=lin:-1:-0.1:{}", points)));
  ImageCache images;
  tbb::task_arena arena(threads);
  const SweepPlan plan = arena.execute([&] { return plan_sweep(source, images); });
  PartWriter part(folder.string(), plan.fingerprint);
  const std::vector<SweepJob> jobs = make_jobs(plan);
  std::atomic<bool> stop = false;
  SweepPlayer player(plan, jobs, nullptr, images, part, {threads, 1e12, {}, false});
  SoloTeam team(jobs.size());
  player.play(team, stop);
  part.close();
  const Parts parts({folder.string()}, plan.fingerprint);
  arena.execute([&] { publish_sweep(plan, parts, (folder / "out.h5").string(), {}); });
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  std::filesystem::remove_all(folder);
  return elapsed.count();
}

void sweep_thousand_points(benchmark::State& state) {
  for (auto _ : state) state.SetIterationTime(sweep_seconds(10, 1000, 1000, 2));
}
BENCHMARK(sweep_thousand_points)->UseManualTime()->Unit(benchmark::kMillisecond);

void sweep_overhead(benchmark::State& state) {
  // The difference of two lengths: what starting and ending costs is in both.
  constexpr int kFew = 1000, kMany = 4000;
  for (auto _ : state)
    state.SetIterationTime((sweep_seconds(10, 0, kMany, 2) - sweep_seconds(10, 0, kFew, 2)) /
                           (kMany - kFew));
}
BENCHMARK(sweep_overhead)->UseManualTime()->Unit(benchmark::kMicrosecond)->Iterations(3);

void sweep_efficiency(benchmark::State& state) {
  const auto agents = state.range(0), steps = state.range(1);
  const auto points = static_cast<int>(state.range(2));
  std::vector<double> found;
  for (auto _ : state) {
    const double two = sweep_seconds(agents, steps, points, 2);
    found.push_back(sweep_seconds(agents, steps, points, 1) / (2.0 * two));
    state.SetIterationTime(two);
  }
  std::sort(found.begin(), found.end());
  state.counters["efficiency"] = found[found.size() / 2];
}
BENCHMARK(sweep_efficiency)
    ->ArgNames({"agents", "steps", "points"})
    ->Args({10, 1000, 1000})
    ->Args({100, 200, 64})
    ->Args({300, 100, 16})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(3);

}  // namespace
