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
constexpr std::size_t kMostUnits = 64;

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

bool is_done(const Parts* done, const Unit& unit, Replay replay) {
  const StoredUnit* found = done ? done->find(unit) : nullptr;
  if (found == nullptr) return false;
  return replay == Replay::kNothing || found->status != TrialStatus::kFailed;
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
    const std::int64_t first = a.units.front().point, second = b.units.front().point;
    const double at_first = largest[static_cast<std::size_t>(first)],
                 at_second = largest[static_cast<std::size_t>(second)];
    if (at_first != at_second) return at_first > at_second;
    return first != second ? first < second : a.flops > b.flops;
  });
}

}  // namespace

std::vector<SweepJob> make_jobs(const SweepPlan& plan, const Parts* done, Shard shard,
                                Replay replay) {
  std::vector<SweepJob> jobs;
  SweepJob gathered;
  const auto close = [&] {
    if (!gathered.units.empty()) jobs.push_back(std::move(gathered));
    gathered = {};
  };
  for (const std::int64_t number : points_of(plan, shard)) {
    const SweepPoint& point = plan.points[static_cast<std::size_t>(number)];
    for (std::uint32_t regime = 0; regime < point.costs.size(); ++regime) {
      const UnitCost& cost = point.costs[regime];
      for (std::int64_t trial = 0; trial < point.trials; ++trial) {
        const Unit unit{number, regime, trial};
        if (is_done(done, unit, replay)) continue;
        if (cost.flops >= kJobFlops) {
          jobs.push_back({{unit}, cost.flops, cost.bytes});
          continue;
        }
        gathered.units.push_back(unit);
        gathered.flops += cost.flops;
        gathered.bytes = std::max(gathered.bytes, cost.bytes);
        if (gathered.flops >= kJobFlops || gathered.units.size() >= kMostUnits) close();
      }
    }
  }
  close();
  sort_largest_first(plan, jobs);
  return jobs;
}

}  // namespace gbid
