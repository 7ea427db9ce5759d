// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/play/play.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>

#include "engine/core/sha256.hpp"
#include "engine/stepping/blocks.hpp"
#include "engine/stepping/team.hpp"
#include "scenarios/play/trial.hpp"

namespace gbid {
namespace {

/// Trials of a regime that are played side by side.
struct Block {
  std::size_t regime = 0;
  Index first = 0, count = 1;
  std::optional<Checkpoint> from = {};  ///< where they go on
};

/// One flag or result per regime and trial, in the scenario's order.
std::size_t place(const Scenario& scenario, std::size_t regime, Index trial) {
  return regime * static_cast<std::size_t>(scenario.trials()) + static_cast<std::size_t>(trial);
}

/// Trials that an interrupted run finished.
std::vector<bool> finished_trials(const Scenario& scenario, const JournalReader* before) {
  std::vector<bool> finished;
  for (std::size_t regime = 0; regime < scenario.regime_count(); ++regime)
    for (Index trial = 0; trial < scenario.trials(); ++trial)
      finished.push_back(before != nullptr && before->is_whole(regime, trial));
  return finished;
}

/// The newest of a simulation's checkpoints whose records are all in the journal.
std::optional<Checkpoint> usable(std::vector<Checkpoint>& checkpoints, const Scenario& scenario,
                                 const JournalReader& before) {
  const auto fits = [&](const Checkpoint& checkpoint) {
    const auto count = static_cast<Index>(checkpoint.records.size());
    if (checkpoint.regime >= scenario.regime_count() || checkpoint.first_trial < 0 || count < 1 ||
        checkpoint.first_trial > scenario.trials() - count)
      return false;
    for (Index k = 0; k < count; ++k)
      if (before.unbroken_records(checkpoint.regime, checkpoint.first_trial + k) <
          checkpoint.records[static_cast<std::size_t>(k)])
        return false;
    return true;
  };
  const auto found = std::find_if(checkpoints.begin(), checkpoints.end(), fits);
  if (found == checkpoints.end()) return std::nullopt;
  return std::move(*found);
}

/// What is to be played, in the order of the regimes: blocks that go on, then what is left.
std::vector<Block> blocks_to_play(const Scenario& scenario, const std::vector<std::size_t>& regimes,
                                  const std::string& fingerprint, const PlayOptions& options,
                                  std::vector<bool> is_taken) {
  std::vector<Block> blocks;
  if (options.checkpoints != nullptr && options.before != nullptr)
    for (std::vector<Checkpoint>& kept : options.checkpoints->read_all(fingerprint)) {
      auto from = usable(kept, scenario, *options.before);
      if (!from) continue;
      const std::size_t begin = place(scenario, from->regime, from->first_trial);
      const auto first = is_taken.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto last = first + static_cast<std::ptrdiff_t>(from->records.size());
      if (std::find(first, last, true) != last) continue;
      std::fill(first, last, true);
      const Index first_trial = from->first_trial;
      const auto count = static_cast<Index>(from->records.size());
      blocks.push_back({from->regime, first_trial, count, std::move(from)});
    }
  // Blocks are computed faster than their trials one by one; but every thread has one, and a card
  // all it can play at once.
  const Index share =
      options.device.is_cpu() ? block_count(scenario.trials(), options.threads) : scenario.trials();
  for (const std::size_t regime : regimes) {
    const Index largest = std::min(scenario.block_size(regime, options.device), share);
    const auto is_left = [&](Index trial) {
      return trial < scenario.trials() && !is_taken[place(scenario, regime, trial)];
    };
    for (Index first = 0, count; first < scenario.trials(); first += std::max<Index>(count, 1)) {
      for (count = 0; count < largest && is_left(first + count);) ++count;
      if (count > 0) blocks.push_back({regime, first, count, {}});
    }
  }
  std::stable_sort(blocks.begin(), blocks.end(), [&](const Block& a, const Block& b) {
    const auto rank = [&](std::size_t r) { return std::find(regimes.begin(), regimes.end(), r); };
    return rank(a.regime) < rank(b.regime);
  });
  return blocks;
}

}  // namespace

PlayResult play(const Scenario& scenario, Journal& journal, const PlayOptions& options,
                std::atomic<bool>& stop, std::atomic<std::int64_t>& steps_done) {
  // 1. The longest simulations first, so that no thread is left alone with one at the end.
  std::vector<std::size_t> regimes(scenario.regime_count());
  std::iota(regimes.begin(), regimes.end(), std::size_t{0});
  std::stable_sort(regimes.begin(), regimes.end(), [&](std::size_t a, std::size_t b) {
    return scenario.simulation_flops(a) > scenario.simulation_flops(b);
  });
  // 2. What an interrupted run has left to play. Ends that it noted count no more.
  const JournalReader* const before = options.before;
  const std::vector<bool> is_finished = finished_trials(scenario, before);
  std::vector<RunResult> results(is_finished.size());  // in the scenario's order
  for (std::size_t regime = 0; regime < scenario.regime_count(); ++regime)
    for (Index trial = 0; trial < scenario.trials(); ++trial) {
      const std::size_t at = place(scenario, regime, trial);
      if (is_finished[at]) {
        results[at] = result_of(before->outcome(regime, trial));
        steps_done += scenario.plan(regime).recorded_steps.back();
      } else if (before && before->outcome(regime, trial).status != TrialStatus::kNotStarted) {
        journal.append_reopened(regime, trial);
      }
    }
  const std::string fingerprint = sha256_hex(journal.layout().scenario_toml);
  const std::vector<Block> blocks =
      blocks_to_play(scenario, regimes, fingerprint, options, is_finished);
  // 3. Side by side; that all threads' simulations fit into memory was seen to before.
  JobRunner runner(options.threads, std::numeric_limits<double>::infinity());
  SoloTeam team(blocks.size());
  const auto play_job = [&](std::size_t job) {
    const Block& block = blocks[job];
    const std::vector<RecordTarget> targets(static_cast<std::size_t>(block.count),
                                            RecordTarget{.journal = &journal});
    const Keeping keeping{options.checkpoints, fingerprint, 0, options.interval,
                          block.from ? &*block.from : nullptr};
    try {
      const auto played = play_block(scenario, block.regime, block.first, targets, stop, steps_done,
                                     keeping, options.device);
      std::copy(played.begin(), played.end(),
                results.begin() +
                    static_cast<std::ptrdiff_t>(place(scenario, block.regime, block.first)));
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
    const auto trials = static_cast<std::size_t>(scenario.trials());
    if (played.failures.size() < 20)
      played.failures.push_back(fmt::format("{}, trial {}: {}", scenario.plan(k / trials).name,
                                            k % trials, result.message));
  }
  return played;
}

}  // namespace gbid
