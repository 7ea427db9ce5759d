// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/play/play.hpp"

#include <fmt/format.h>
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <exception>
#include <mutex>

namespace gbid {
namespace {

class JournalRecorder final : public Recorder {
 public:
  JournalRecorder(Journal& journal, std::size_t regime, Index trial)
      : journal_(journal), regime_(regime), trial_(trial) {}
  void trajectory(Index first, Index count, std::span<const double> values) override {
    journal_.append_trajectory(regime_, trial_, first, count, values);
  }
  void final(std::span<const double> values) override {
    if (!values.empty()) journal_.append_final(regime_, trial_, values);
  }

 private:
  Journal& journal_;
  std::size_t regime_;
  Index trial_;
};

TrialStatus status_of(RunResult::End end) {
  switch (end) {
    case RunResult::End::kSettled:
      return TrialStatus::kSettled;
    case RunResult::End::kFailed:
      return TrialStatus::kFailed;
    case RunResult::End::kStopped:
      return TrialStatus::kStopped;
    case RunResult::End::kCompleted:
      break;
  }
  return TrialStatus::kCompleted;
}

}  // namespace

PlayResult play(const Scenario& scenario, Journal& journal, std::atomic<bool>& stop,
                std::atomic<std::int64_t>& steps_done) {
  // 1. The longest simulations first, so that no thread is left alone with one at the end.
  std::vector<std::size_t> regimes(scenario.regime_count());
  for (std::size_t k = 0; k < regimes.size(); ++k) regimes[k] = k;
  std::stable_sort(regimes.begin(), regimes.end(), [&](std::size_t a, std::size_t b) {
    return scenario.simulation_flops(a) > scenario.simulation_flops(b);
  });
  const Index trials = scenario.trials();
  const Index count = trials * static_cast<Index>(regimes.size());
  std::vector<RunResult> results(
      static_cast<std::size_t>(count));  // (regime x trial), scenario's order
  std::exception_ptr failure;
  std::mutex failure_mutex;
  std::atomic<Index> next = 0;
  // 2. Every worker takes the next simulation from one queue.
  const auto work = [&] {
    for (Index k = next++; k < count; k = next++) {
      if (stop.load(std::memory_order_relaxed)) return;
      const std::size_t regime = regimes[static_cast<std::size_t>(k / trials)];
      const Index trial = k % trials;
      try {
        JournalRecorder recorder(journal, regime, trial);
        const RunResult result =
            scenario.simulation(regime, trial)->run(recorder, stop, steps_done);
        journal.append_outcome(regime, trial,
                               {status_of(result.end), result.steps, result.message});
        results[regime * static_cast<std::size_t>(trials) + static_cast<std::size_t>(trial)] =
            result;
      } catch (...) {
        const std::lock_guard lock(failure_mutex);
        if (!failure) failure = std::current_exception();
        stop = true;
      }
    }
  };
  const auto workers = static_cast<Index>(tbb::this_task_arena::max_concurrency());
  tbb::parallel_for(
      tbb::blocked_range<Index>(0, std::min(workers, count), 1), [&](const auto&) { work(); },
      tbb::simple_partitioner{});
  if (failure) std::rethrow_exception(failure);
  // 3. Count.
  PlayResult played;
  for (std::size_t k = 0; k < results.size(); ++k) {
    const RunResult& result = results[k];
    if (result.end == RunResult::End::kFailed) {
      ++played.failed;
      if (played.failures.size() < 20)
        played.failures.push_back(fmt::format(
            "{}, trial {}: {}", scenario.plan(k / static_cast<std::size_t>(trials)).name,
            k % static_cast<std::size_t>(trials), result.message));
    } else if (result.end == RunResult::End::kSettled) {
      ++played.settled;
    } else if (result.end == RunResult::End::kStopped) {
      ++played.stopped;
    } else {
      ++played.completed;
    }
  }
  return played;
}

}  // namespace gbid
