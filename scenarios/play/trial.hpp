// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/record/checkpoint.hpp"
#include "engine/record/journal.hpp"
#include "scenarios/loading/scenario.hpp"

namespace gbid {

/// Where the records of a trial go. What is null gets none.
struct RecordTarget {
  Journal* journal = nullptr;                   ///< gets the outcome, too
  std::vector<double>* trajectory = nullptr;    ///< (records x width)
  std::vector<double>* final_values = nullptr;  ///< stay as they are if the trial fails
};

/// How a simulation is kept while it goes on, and what is known of it from before.
struct Keeping {
  CheckpointFolder* folder = nullptr;  ///< null: it is not kept
  std::string fingerprint;             ///< of the run or the sweep
  std::int64_t point = 0;              ///< of a sweep
  /// Between two checkpoints, at least; longer where writing one takes more than a twentieth.
  std::chrono::milliseconds interval{30000};
  const Checkpoint* from = nullptr;  ///< where it goes on; null: it begins
};

/// Plays one trial of one regime: what every other way of playing is made of.
/// @param stop  ends it early. @param steps_done  counts along.
/// @throws IoError if the journal or a checkpoint cannot be written.
RunResult play_trial(const Scenario& scenario, std::size_t regime, Index trial,
                     const RecordTarget& target, const std::atomic<bool>& stop,
                     std::atomic<std::int64_t>& steps_done, const Keeping& keeping = {});

/// The same of trials `first`, first + 1, ... as one block. @param targets one a trial.
std::vector<RunResult> play_block(const Scenario& scenario, std::size_t regime, Index first,
                                  std::span<const RecordTarget> targets,
                                  const std::atomic<bool>& stop,
                                  std::atomic<std::int64_t>& steps_done,
                                  const Keeping& keeping = {}, const Device& device = {});

/// How it ended, as a file says it; and back.
Outcome outcome_of(const RunResult& result);
RunResult result_of(const Outcome& outcome);

}  // namespace gbid
