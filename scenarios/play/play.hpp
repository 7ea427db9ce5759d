// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/record/journal.hpp"
#include "scenarios/loading/scenario.hpp"

namespace gbid {

/// How the simulations of a scenario ended.
struct PlayResult {
  std::int64_t completed = 0, settled = 0, failed = 0, stopped = 0;
  std::vector<std::string>
      failures;  ///< "regime, trial: why", in the order of the scenario, at most 20
};

/// Plays every trial of every regime, side by side on so many threads, the longest first,
/// into the journal. What reaches the published file is the same for any number of threads.
/// @param stop set from outside to end early. @param steps_done counts up to
/// `Scenario::estimate().steps`.
/// @throws IoError if the journal cannot be written; all simulations then stop.
PlayResult play(const Scenario& scenario, Journal& journal, int threads, std::atomic<bool>& stop,
                std::atomic<std::int64_t>& steps_done);

}  // namespace gbid
