// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/record/journal.hpp"
#include "scenarios/loading/scenario.hpp"

namespace gbid {

/// Where the records of a trial go. What is null gets none.
struct RecordTarget {
  Journal* journal = nullptr;                   ///< gets the outcome, too
  std::vector<double>* trajectory = nullptr;    ///< (records x width)
  std::vector<double>* final_values = nullptr;  ///< stay as they are if the trial fails
};

/// Plays one trial of one regime: what every other way of playing is made of.
/// @param stop  ends it early. @param steps_done  counts along.
/// @throws IoError if the journal cannot be written.
RunResult play_trial(const Scenario& scenario, std::size_t regime, Index trial,
                     const RecordTarget& target, const std::atomic<bool>& stop,
                     std::atomic<std::int64_t>& steps_done);

/// The same of trials `first`, first + 1, ... as one block. @param targets one a trial.
std::vector<RunResult> play_block(const Scenario& scenario, std::size_t regime, Index first,
                                  std::span<const RecordTarget> targets,
                                  const std::atomic<bool>& stop,
                                  std::atomic<std::int64_t>& steps_done);

/// How it ended, as a file says it.
Outcome outcome_of(const RunResult& result);

}  // namespace gbid
