// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/play/play.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "engine/stepping/team.hpp"
#include "scenarios/play/trial.hpp"

namespace gbid {

PlayResult play(const Scenario& scenario, Journal& journal, int threads, std::atomic<bool>& stop,
                std::atomic<std::int64_t>& steps_done) {
  // 1. The longest simulations first, so that no thread is left alone with one at the end.
  std::vector<std::size_t> regimes(scenario.regime_count());
  std::iota(regimes.begin(), regimes.end(), std::size_t{0});
  std::stable_sort(regimes.begin(), regimes.end(), [&](std::size_t a, std::size_t b) {
    return scenario.simulation_flops(a) > scenario.simulation_flops(b);
  });
  // 2. Side by side; that all threads' simulations fit into memory was seen to before.
  const auto trials = static_cast<std::size_t>(scenario.trials());
  std::vector<RunResult> results(regimes.size() * trials);  // in the scenario's order
  JobRunner runner(threads, std::numeric_limits<double>::infinity());
  SoloTeam team(results.size());
  const auto play_job = [&](std::size_t job) {
    const std::size_t regime = regimes[job / trials], trial = job % trials;
    try {
      results[regime * trials + trial] = play_trial(scenario, regime, static_cast<Index>(trial),
                                                    {.journal = &journal}, stop, steps_done);
    } catch (...) {
      stop = true;
      throw;
    }
  };
  run_jobs(
      runner, team, [](std::size_t) { return 0.0; }, play_job, stop);
  // 3. Count.
  PlayResult played;
  for (std::size_t k = 0; k < results.size(); ++k) {
    const RunResult& result = results[k];
    played.completed += result.end == RunResult::End::kCompleted;
    played.settled += result.end == RunResult::End::kSettled;
    played.stopped += result.end == RunResult::End::kStopped;
    if (result.end != RunResult::End::kFailed) continue;
    ++played.failed;
    if (played.failures.size() < 20)
      played.failures.push_back(fmt::format("{}, trial {}: {}", scenario.plan(k / trials).name,
                                            k % trials, result.message));
  }
  return played;
}

}  // namespace gbid
