// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/record/checkpoint.hpp"
#include "engine/record/journal.hpp"
#include "engine/record/journal_reader.hpp"
#include "scenarios/loading/scenario.hpp"

namespace gbid {

/// How the simulations of a scenario ended.
struct PlayResult {
  std::int64_t completed = 0, settled = 0, failed = 0, stopped = 0;
  std::vector<std::string>
      failures;  ///< "regime, trial: why", in the order of the scenario, at most 20
};

struct PlayOptions {
  int threads = 1;
  Device device = {};                         ///< of all its regimes, see device_of_run
  CheckpointFolder* checkpoints = nullptr;    ///< null: none are written
  std::chrono::milliseconds interval{30000};  ///< between two of a simulation
  const JournalReader* before = nullptr;      ///< what an interrupted run left in the journal
};

/// Plays every trial of every regime, side by side on so many threads, the longest first,
/// into the journal. What reaches the published file is the same for any number of threads, and
/// whether or not the run was interrupted: trials that `before` holds wholly are not played again,
/// others go on at their last checkpoint whose records are all in the journal, or begin anew.
/// @param stop set from outside to end early. @param steps_done counts up to
/// `Scenario::estimate().steps`.
/// @throws IoError if the journal or a checkpoint cannot be written, DataError if one is of a newer
/// format; all simulations then stop.
PlayResult play(const Scenario& scenario, Journal& journal, const PlayOptions& options,
                std::atomic<bool>& stop, std::atomic<std::int64_t>& steps_done);

}  // namespace gbid
