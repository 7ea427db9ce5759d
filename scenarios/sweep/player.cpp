// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/sweep/player.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <new>
#include <utility>

#include "engine/core/error.hpp"
#include "scenarios/play/trial.hpp"

namespace gbid {
namespace {

using Stopwatch = std::chrono::steady_clock;

}  // namespace

SweepPlayer::SweepPlayer(const SweepPlan& plan, const std::vector<SweepJob>& jobs,
                         const Parts* done, ImageCache& images, PartWriter& part,
                         PlayerOptions options)
    : plan_(plan), jobs_(jobs), images_(images), part_(part), options_(std::move(options)) {
  std::int64_t left_in_all = 0;
  for (const SweepPoint& point : plan.points) {
    units_left_.push_back(point.trials * static_cast<std::int64_t>(point.costs.size()));
    left_in_all += units_left_.back();
  }
  if (done == nullptr) return;
  // What the jobs hold is to be played; all other results that were found are done.
  std::vector<std::int64_t> to_play(plan.points.size(), 0);
  for (const SweepJob& job : jobs)
    for (const UnitBlock& block : job.blocks)
      to_play[static_cast<std::size_t>(block.first.point)] += block.count;
  for (const auto& [unit, stored] : done->units()) {
    const auto point = static_cast<std::size_t>(unit.point);
    progress_.flops_done += plan.points[point].costs[unit.regime].flops;
  }
  for (std::size_t k = 0; k < to_play.size(); ++k) {
    if (to_play[k] == 0 && units_left_[k] > 0) ++progress_.points_done;
    units_left_[k] = to_play[k];
  }
}

void SweepPlayer::play(Team& team, std::atomic<bool>& stop) {
  JobRunner runner(options_.threads, options_.memory_bytes);
  run_jobs(
      runner, team, [this](std::size_t job) { return bytes_of(jobs_[job]); },
      [this, &stop](std::size_t job) { play_job(jobs_[job], stop); }, stop);
  if (!stop) team.finish();
}

/// Of the largest block, or of the part of it that fits; simulations that may not be played at all
/// are refused in their turn.
double SweepPlayer::bytes_of(const SweepJob& job) const {
  if (job.bytes <= options_.memory_bytes) return job.bytes;
  double bytes = 0.0;
  for (const UnitBlock& block : job.blocks) {
    const double each = cost_of(block.first).bytes;
    const double fitting = std::floor(options_.memory_bytes / each);
    bytes = std::max(bytes, each * std::min(static_cast<double>(block.count), fitting));
  }
  return bytes;
}

const UnitCost& SweepPlayer::cost_of(const Unit& unit) const {
  return plan_.points[static_cast<std::size_t>(unit.point)].costs[unit.regime];
}

void SweepPlayer::play_job(const SweepJob& job, std::atomic<bool>& stop) {
  std::vector<UnitResult> results;
  try {
    for (const UnitBlock& block : job.blocks)
      if (!play_block(block, stop, results)) break;
    if (!results.empty()) part_.append(results);
    forget_checkpoints(results);
  } catch (...) {
    stop = true;  // nothing that is played from here on could be kept
    throw;
  }
  finish(results);
}

/// Of simulations whose results are on the disk.
void SweepPlayer::forget_checkpoints(const std::vector<UnitResult>& results) {
  if (options_.checkpoints == nullptr) return;
  bool is_synced = false;
  for (const UnitResult& result : results) {
    const Unit& unit = result.unit;
    if (!options_.checkpoints->has(unit.point, unit.regime, unit.trial)) continue;
    if (!std::exchange(is_synced, true)) part_.sync();
    options_.checkpoints->remove(unit.point, unit.regime, unit.trial);
  }
}

/// Appends the results of a block that has ended. @return false if it was stopped.
bool SweepPlayer::play_block(const UnitBlock& block, std::atomic<bool>& stop,
                             std::vector<UnitResult>& results) {
  const UnitCost& cost = cost_of(block.first);
  const auto count = static_cast<double>(block.count);
  if (count * cost.bytes > options_.memory_bytes && block.count > 1)
    return play_parts(block, static_cast<std::int64_t>(options_.memory_bytes / cost.bytes), stop,
                      results);
  std::vector<UnitResult> own(static_cast<std::size_t>(block.count));
  for (std::int64_t k = 0; k < block.count; ++k)
    own[static_cast<std::size_t>(k)].unit = block.at(k);
  const auto fail = [&](const std::string& why) {
    own.front().outcome = {TrialStatus::kFailed, 0, valid_utf8(why)};
    own.front().trajectory.clear();
    own.front().final_values.clear();
  };
  if (cost.bytes > options_.memory_bytes) {
    fail(fmt::format("needs {:.3g} GB of memory, {:.3g} GB may be used (--memory)",
                     cost.bytes / 1e9, options_.memory_bytes / 1e9));
    results.push_back(std::move(own.front()));
    return true;
  }
  std::list<Running>::iterator running;
  {
    const std::lock_guard lock(mutex_);
    running = running_.emplace(running_.end());
    running->flops_per_step = cost.steps > 0.0 ? cost.flops / cost.steps : 0.0;
  }
  const Stopwatch::time_point start = Stopwatch::now();
  bool is_whole = true;
  std::string failure;
  try {
    const std::vector<RunResult> ends = simulate(block, stop, running->steps, own);
    for (std::size_t k = 0; k < own.size(); ++k) {
      is_whole = is_whole && ends[k].end != RunResult::End::kStopped;
      own[k].outcome = outcome_of(ends[k]);
      own[k].outcome.message = valid_utf8(ends[k].message);
    }
  } catch (const Error& error) {
    failure = error.what();
  } catch (const std::bad_alloc&) {
    failure = "out of memory";
  }
  const bool is_apart = !failure.empty() && block.count > 1;  // which of them failed shows alone
  if (!failure.empty()) fail(failure);
  const double seconds = std::chrono::duration<double>(Stopwatch::now() - start).count();
  for (UnitResult& result : own) result.seconds = seconds / count;
  {
    const std::lock_guard lock(mutex_);
    running_.erase(running);
    if (is_whole && !is_apart) progress_.flops_done += count * cost.flops;
  }
  if (is_apart) return play_parts(block, 1, stop, results);
  // Of a block that was stopped no result is kept: all its trials go on at its checkpoint.
  if (is_whole) std::move(own.begin(), own.end(), std::back_inserter(results));
  return is_whole;
}

bool SweepPlayer::play_parts(const UnitBlock& block, std::int64_t largest, std::atomic<bool>& stop,
                             std::vector<UnitResult>& results) {
  const std::int64_t size = std::max<std::int64_t>(1, largest);
  for (std::int64_t k = 0; k < block.count; k += size)
    if (!play_block({block.at(k), std::min(size, block.count - k)}, stop, results)) return false;
  return true;
}

/// From the block's checkpoint on, if there is one. A part takes whole results only: everything is
/// kept until the block has ended.
std::vector<RunResult> SweepPlayer::simulate(const UnitBlock& block, std::atomic<bool>& stop,
                                             std::atomic<std::int64_t>& steps,
                                             std::span<UnitResult> results) {
  const auto& [point, regime, trial] = block.first;
  std::vector<Checkpoint> kept;
  if (options_.checkpoints != nullptr)
    kept = options_.checkpoints->read(plan_.fingerprint, point, regime, trial);
  const auto from = std::find_if(kept.begin(), kept.end(), [&](const Checkpoint& checkpoint) {
    return static_cast<std::int64_t>(checkpoint.records.size()) == block.count;
  });
  const std::shared_ptr<const Scenario> own = scenario(point);
  const Keeping keeping{options_.checkpoints, plan_.fingerprint, point,
                        own->config().record.checkpoint_interval(),
                        from == kept.end() ? nullptr : &*from};
  std::vector<RecordTarget> targets;
  for (UnitResult& result : results)
    targets.push_back({.trajectory = &result.trajectory, .final_values = &result.final_values});
  return gbid::play_block(*own, regime, trial, targets, stop, steps, keeping);
}

std::shared_ptr<const Scenario> SweepPlayer::scenario(std::int64_t point) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(recent_.begin(), recent_.end(),
                                    [&](const auto& entry) { return entry.first == point; });
    if (found != recent_.end()) {
      recent_.splice(recent_.begin(), recent_, found);
      return found->second;
    }
  }
  const SweepPoint& planned = plan_.points[static_cast<std::size_t>(point)];
  const auto document =
      config::Document::from_text(planned.scenario_toml, plan_.name, plan_.directory);
  auto loaded = std::make_shared<const Scenario>(Scenario::load(document, &images_));
  const std::lock_guard lock(mutex_);
  recent_.emplace_front(point, loaded);
  // One for every thread: those that are being played.
  while (recent_.size() > static_cast<std::size_t>(options_.threads)) recent_.pop_back();
  return loaded;
}

void SweepPlayer::finish(const std::vector<UnitResult>& results) {
  std::vector<FinishedUnit> units;
  for (const UnitResult& result : results)
    units.push_back({result.unit.point, result.unit.regime,
                     result.outcome.status == TrialStatus::kFailed ? 1 : 0});
  count(units, false);
}

void SweepPlayer::credit(const std::vector<FinishedUnit>& units) { count(units, true); }

std::vector<FinishedUnit> SweepPlayer::take_finished() {
  const std::lock_guard lock(mutex_);
  return std::exchange(finished_, {});
}

void SweepPlayer::count(const std::vector<FinishedUnit>& units, bool is_remote) {
  std::vector<std::int64_t> finished;
  {
    const std::lock_guard lock(mutex_);
    for (const FinishedUnit& unit : units) {
      const auto point = static_cast<std::size_t>(unit.point);
      progress_.failed += unit.has_failed;
      if (is_remote)
        progress_.flops_done +=
            plan_.points[point].costs[static_cast<std::size_t>(unit.regime)].flops;
      else if (options_.keeps_finished)
        finished_.push_back(unit);
      if (--units_left_[point] > 0) continue;
      ++progress_.points_done;
      finished.push_back(unit.point);
    }
  }
  if (!options_.on_point || finished.empty()) return;
  const std::lock_guard lock(tell_mutex_);
  for (const std::int64_t point : finished) options_.on_point(point);
}

SweepProgress SweepPlayer::progress() const {
  const std::lock_guard lock(mutex_);
  SweepProgress now = progress_;
  for (const Running& running : running_)
    now.flops_done +=
        running.flops_per_step * static_cast<double>(running.steps.load(std::memory_order_relaxed));
  return now;
}

}  // namespace gbid
