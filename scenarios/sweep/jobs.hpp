// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <vector>

#include "engine/record/checkpoint.hpp"
#include "engine/sweep/part.hpp"
#include "scenarios/sweep/plan.hpp"

namespace gbid {

/// Consecutive trials of a regime of a point that are played side by side.
struct UnitBlock {
  Unit first;
  std::int64_t count = 1;

  Unit at(std::int64_t k) const { return {first.point, first.regime, first.trial + k}; }
};

/// Blocks that are played one after the other on one thread.
struct SweepJob {
  std::vector<UnitBlock> blocks;
  double flops = 0.0;  ///< of all
  double bytes = 0.0;  ///< of the largest

  void add(const UnitBlock& block, const UnitCost& cost);
  std::int64_t unit_count() const;
};

/// One of `count` processes that share a sweep without talking to each other.
struct Shard {
  std::int64_t index = 0;
  std::int64_t count = 1;
};

/// Which of the simulations found in the parts are to be played all the same.
enum class Replay { kNothing, kFailed };

struct JobOptions {
  const Parts* done = nullptr;  ///< what has been played; null: nothing
  Shard shard = {};
  Replay replay = Replay::kNothing;
  /// What is under way goes on in the blocks that it was kept in.
  std::vector<CheckpointPlace> kept = {};
  int workers = 1;  ///< threads of all processes: no block is more than the share of one
};

/// Everything that is still to be played, the largest points first, in blocks as `gbid run` plays
/// them. Small blocks are gathered into jobs of some milliseconds, so that handing them out costs
/// nothing beside them.
std::vector<SweepJob> make_jobs(const SweepPlan& plan, const JobOptions& options = {});

}  // namespace gbid
