// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/sweep/player.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
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
    for (const Unit& unit : job.units) ++to_play[static_cast<std::size_t>(unit.point)];
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

/// Of the largest simulation that may be played at all; the others are refused in their turn.
double SweepPlayer::bytes_of(const SweepJob& job) const {
  if (job.bytes <= options_.memory_bytes) return job.bytes;
  double bytes = 0.0;
  for (const Unit& unit : job.units) {
    const double needed = cost_of(unit).bytes;
    if (needed <= options_.memory_bytes) bytes = std::max(bytes, needed);
  }
  return bytes;
}

const UnitCost& SweepPlayer::cost_of(const Unit& unit) const {
  return plan_.points[static_cast<std::size_t>(unit.point)].costs[unit.regime];
}

void SweepPlayer::play_job(const SweepJob& job, std::atomic<bool>& stop) {
  std::vector<UnitResult> results;
  results.reserve(job.units.size());
  try {
    for (const Unit& unit : job.units) {
      UnitResult result;
      if (!play_unit(unit, stop, result)) break;
      results.push_back(std::move(result));
    }
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

bool SweepPlayer::play_unit(const Unit& unit, std::atomic<bool>& stop, UnitResult& result) {
  result.unit = unit;
  const UnitCost& cost = cost_of(unit);
  if (cost.bytes > options_.memory_bytes) {
    result.outcome = {TrialStatus::kFailed, 0,
                      fmt::format("needs {:.3g} GB of memory, {:.3g} GB may be used (--memory)",
                                  cost.bytes / 1e9, options_.memory_bytes / 1e9)};
    return true;
  }
  std::list<Running>::iterator running;
  {
    const std::lock_guard lock(mutex_);
    running = running_.emplace(running_.end());
    running->flops_per_step = cost.steps > 0.0 ? cost.flops / cost.steps : 0.0;
  }
  const Stopwatch::time_point start = Stopwatch::now();
  std::vector<Checkpoint> kept;
  if (options_.checkpoints != nullptr)
    kept = options_.checkpoints->read(plan_.fingerprint, unit.point, unit.regime, unit.trial);
  bool is_whole = true;
  const auto fail = [&](const std::string& why) {
    result.outcome = {TrialStatus::kFailed, 0, valid_utf8(why)};
    result.trajectory.clear();
    result.final_values.clear();
  };
  try {
    // A part takes whole results only: everything is kept until the simulation has ended.
    const std::shared_ptr<const Scenario> own = scenario(unit.point);
    const Keeping keeping{options_.checkpoints, plan_.fingerprint, unit.point,
                          own->config().record.checkpoint_interval(),
                          kept.empty() ? nullptr : &kept.front()};
    const RunResult end =
        play_trial(*own, unit.regime, unit.trial,
                   {.trajectory = &result.trajectory, .final_values = &result.final_values}, stop,
                   running->steps, keeping);
    is_whole = end.end != RunResult::End::kStopped;
    result.outcome = outcome_of(end);
    result.outcome.message = valid_utf8(end.message);
  } catch (const Error& error) {
    fail(error.what());
  } catch (const std::bad_alloc&) {
    fail("out of memory");
  }
  result.seconds = std::chrono::duration<double>(Stopwatch::now() - start).count();
  const std::lock_guard lock(mutex_);
  running_.erase(running);
  if (is_whole) progress_.flops_done += cost.flops;
  return is_whole;
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
