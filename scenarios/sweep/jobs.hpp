// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstddef>
#include <vector>

#include "engine/sweep/part.hpp"
#include "scenarios/sweep/plan.hpp"

namespace gbid {

/// Simulations that are played one after the other on one thread.
struct SweepJob {
  std::vector<Unit> units;
  double flops = 0.0;  ///< of all
  double bytes = 0.0;  ///< of the largest
};

/// One of `count` processes that share a sweep without talking to each other.
struct Shard {
  std::int64_t index = 0;
  std::int64_t count = 1;
};

/// Which of the simulations found in the parts are to be played all the same.
enum class Replay { kNothing, kFailed };

/// Everything that is still to be played, the largest points first. Small simulations are gathered
/// into jobs of some milliseconds, so that handing them out costs nothing beside them.
/// @param done  what has been played; null: nothing.
std::vector<SweepJob> make_jobs(const SweepPlan& plan, const Parts* done = nullptr,
                                Shard shard = {}, Replay replay = Replay::kNothing);

}  // namespace gbid
