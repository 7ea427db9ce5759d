// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/play/play.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "engine/stepping/blocks.hpp"
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
  // 2. In blocks, which are computed faster than their trials one by one; but every thread has one.
  struct Block {
    std::size_t regime;
    Index first, count;
  };
  const Index trials = scenario.trials();
  std::vector<Block> blocks;
  for (const std::size_t regime : regimes) {
    const Index share = block_count(trials, threads);
    const Index size = std::min(scenario.block_size(regime), share);
    for (Index first = 0; first < trials; first += size)
      blocks.push_back({regime, first, std::min(size, trials - first)});
  }
  // 3. Side by side; that all threads' simulations fit into memory was seen to before.
  std::vector<RunResult> results(regimes.size() *
                                 static_cast<std::size_t>(trials));  // in the scenario's order
  JobRunner runner(threads, std::numeric_limits<double>::infinity());
  SoloTeam team(blocks.size());
  const auto play_job = [&](std::size_t job) {
    const Block& block = blocks[job];
    const std::vector<RecordTarget> targets(static_cast<std::size_t>(block.count),
                                            RecordTarget{.journal = &journal});
    try {
      const auto played =
          play_block(scenario, block.regime, block.first, targets, stop, steps_done);
      std::copy(played.begin(), played.end(),
                results.begin() + static_cast<Index>(block.regime) * trials + block.first);
    } catch (...) {
      stop = true;
      throw;
    }
  };
  run_jobs(
      runner, team, [](std::size_t) { return 0.0; }, play_job, stop);
  // 4. Count.
  PlayResult played;
  for (std::size_t k = 0; k < results.size(); ++k) {
    const RunResult& result = results[k];
    played.completed += result.end == RunResult::End::kCompleted;
    played.settled += result.end == RunResult::End::kSettled;
    played.stopped += result.end == RunResult::End::kStopped;
    if (result.end != RunResult::End::kFailed) continue;
    ++played.failed;
    if (played.failures.size() < 20)
      played.failures.push_back(
          fmt::format("{}, trial {}: {}", scenario.plan(k / static_cast<std::size_t>(trials)).name,
                      k % static_cast<std::size_t>(trials), result.message));
  }
  return played;
}

}  // namespace gbid
