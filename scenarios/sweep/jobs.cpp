// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/sweep/jobs.hpp"

#include <algorithm>
#include <numeric>

namespace gbid {
namespace {

// About five milliseconds of a small market: a hundred times what handing out a job costs, and an
// idle thread at the end waits no longer than that.
constexpr double kJobFlops = 5e7;
// Making a market costs as much as some steps of it, which the count of flops does not know.
constexpr std::int64_t kMostUnits = 64;

double point_flops(const SweepPoint& point) {
  double flops = 0.0;
  for (const UnitCost& cost : point.costs) flops += cost.flops;
  return flops * static_cast<double>(point.trials);
}

/// The points of a shard: dealt out like cards, the costliest first.
std::vector<std::int64_t> points_of(const SweepPlan& plan, Shard shard) {
  std::vector<std::int64_t> all(plan.points.size());
  std::iota(all.begin(), all.end(), std::int64_t{0});
  if (shard.count == 1) return all;
  const auto flops = [&](std::int64_t k) {
    return point_flops(plan.points[static_cast<std::size_t>(k)]);
  };
  std::stable_sort(all.begin(), all.end(),
                   [&](std::int64_t a, std::int64_t b) { return flops(a) > flops(b); });
  std::vector<std::int64_t> own;
  for (std::size_t k = static_cast<std::size_t>(shard.index); k < all.size();
       k += static_cast<std::size_t>(shard.count))
    own.push_back(all[k]);
  std::sort(own.begin(), own.end());
  return own;
}

bool is_done(const JobOptions& options, const Unit& unit) {
  const StoredUnit* found = options.done ? options.done->find(unit) : nullptr;
  if (found == nullptr) return false;
  return options.replay == Replay::kNothing || found->status != TrialStatus::kFailed;
}

/// What the trials of a regime of a point that are left fall into. A block that is kept stays whole
/// if all of it is left; the others have at most `largest` trials.
std::vector<UnitBlock> blocks_of(std::int64_t point, std::uint32_t regime, std::int64_t largest,
                                 std::vector<bool> is_left,
                                 const std::vector<CheckpointPlace>& kept) {
  const auto trials = static_cast<std::int64_t>(is_left.size());
  std::vector<UnitBlock> blocks;
  const auto take = [&](std::int64_t trial, std::int64_t count) {
    const auto first = is_left.begin() + trial;
    std::fill(first, first + count, false);
    blocks.push_back({{point, regime, trial}, count});
  };
  const auto count_left = [&](std::int64_t trial, std::int64_t most) {
    const auto first = is_left.begin() + trial;
    return std::find(first, first + std::min(most, trials - trial), false) - first;
  };
  for (const CheckpointPlace& place : kept)
    if (place.point == point && place.regime == regime && place.first_trial >= 0 &&
        place.first_trial < trials && place.trials > 0 &&
        count_left(place.first_trial, place.trials) == place.trials)
      take(place.first_trial, place.trials);
  for (std::int64_t trial = 0; trial < trials; ++trial)
    if (const std::int64_t count = count_left(trial, largest); count > 0) take(trial, count);
  return blocks;
}

/// By the largest simulation of their points, then by point, so that points are finished one after
/// the other; within a point its largest simulations first. What is left for the end is small.
void sort_largest_first(const SweepPlan& plan, std::vector<SweepJob>& jobs) {
  std::vector<double> largest;
  for (const SweepPoint& point : plan.points) {
    double flops = 0.0;
    for (const UnitCost& cost : point.costs) flops = std::max(flops, cost.flops);
    largest.push_back(flops);
  }
  std::stable_sort(jobs.begin(), jobs.end(), [&](const SweepJob& a, const SweepJob& b) {
    const std::int64_t first = a.blocks.front().first.point, second = b.blocks.front().first.point;
    const double at_first = largest[static_cast<std::size_t>(first)],
                 at_second = largest[static_cast<std::size_t>(second)];
    if (at_first != at_second) return at_first > at_second;
    return first != second ? first < second : a.flops > b.flops;
  });
}

}  // namespace

void SweepJob::add(const UnitBlock& block, const UnitCost& cost) {
  const auto count = static_cast<double>(block.count);
  blocks.push_back(block);
  flops += count * cost.flops;
  bytes = std::max(bytes, count * cost.bytes);
}

std::int64_t SweepJob::unit_count() const {
  std::int64_t units = 0;
  for (const UnitBlock& block : blocks) units += block.count;
  return units;
}

std::vector<SweepJob> make_jobs(const SweepPlan& plan, const JobOptions& options) {
  // 1. What is left, and the share of one worker.
  struct Left {
    std::int64_t point;
    std::uint32_t regime;
    std::vector<bool> trials;
  };
  std::vector<Left> left;
  double share = 0.0;  // flops
  for (const std::int64_t number : points_of(plan, options.shard)) {
    const SweepPoint& point = plan.points[static_cast<std::size_t>(number)];
    for (std::uint32_t regime = 0; regime < point.costs.size(); ++regime) {
      Left& own = left.emplace_back(Left{number, regime, {}});
      for (std::int64_t trial = 0; trial < point.trials; ++trial) {
        own.trials.push_back(!is_done(options, {number, regime, trial}));
        if (own.trials.back()) share += point.costs[regime].flops / options.workers;
      }
    }
  }
  // 2. Jobs.
  std::vector<SweepJob> jobs;
  SweepJob gathered;
  const auto close = [&] {
    if (!gathered.blocks.empty()) jobs.push_back(std::move(gathered));
    gathered = {};
  };
  for (const Left& own : left) {
    const UnitCost& cost = plan.points[static_cast<std::size_t>(own.point)].costs[own.regime];
    std::int64_t largest = cost.block;
    if (static_cast<double>(largest) * cost.flops > share)
      largest = std::max<std::int64_t>(1, static_cast<std::int64_t>(share / cost.flops));
    for (const UnitBlock& block :
         blocks_of(own.point, own.regime, largest, own.trials, options.kept)) {
      if (static_cast<double>(block.count) * cost.flops >= kJobFlops) {
        jobs.emplace_back().add(block, cost);
        continue;
      }
      gathered.add(block, cost);
      if (gathered.flops >= kJobFlops || gathered.unit_count() >= kMostUnits) close();
    }
  }
  close();
  sort_largest_first(plan, jobs);
  return jobs;
}

}  // namespace gbid
