// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "engine/record/checkpoint.hpp"
#include "engine/stepping/job_runner.hpp"
#include "engine/stepping/team.hpp"
#include "engine/sweep/part.hpp"
#include "scenarios/loading/scenario.hpp"
#include "scenarios/sweep/jobs.hpp"

namespace gbid {

/// How far a sweep is; read by other threads while it goes on.
struct SweepProgress {
  std::int64_t points_done = 0;  ///< all simulations of which have ended
  std::int64_t failed = 0;       ///< simulations
  double flops_done = 0.0;       ///< of the finished and the running simulations
};

/// A simulation that has ended.
struct FinishedUnit {
  std::int64_t point = 0;
  std::int64_t regime = 0;
  std::int64_t has_failed = 0;
};

struct PlayerOptions {
  int threads = 1;
  double memory_bytes = 0.0;  ///< for simulations side by side, what they share apart
  /// Called by the thread that ends the last simulation of a point, one at a time.
  std::function<void(std::int64_t point)> on_point = {};
  CheckpointFolder* checkpoints = nullptr;  ///< of simulations under way; null: none are written
  bool keeps_finished = false;              ///< for take_finished
};

/// Plays jobs of a sweep side by side and appends what they leave to a part. Results do not depend
/// on the order of playing, nor on what blocks they were played in.
class SweepPlayer {
 public:
  /// @param done  what was played before; counts into the progress. May be null.
  SweepPlayer(const SweepPlan& plan, const std::vector<SweepJob>& jobs, const Parts* done,
              ImageCache& images, PartWriter& part, PlayerOptions options);

  /// Plays what the team hands out until there is no more, or until `stop` is set; simulations
  /// under way then leave a checkpoint, where they go on later. A simulation that fails, or needs more memory than there may be,
  /// is recorded as failed.
  /// @throws IoError if the part cannot be written.
  void play(Team& team, std::atomic<bool>& stop);

  SweepProgress progress() const;
  /// What has ended here since the last call, for the process that counts for all.
  std::vector<FinishedUnit> take_finished();
  /// Counts what other processes have finished.
  void credit(const std::vector<FinishedUnit>& units);

 private:
  struct Running {
    std::atomic<std::int64_t> steps = 0;
    double flops_per_step = 0.0;
  };
  void play_job(const SweepJob& job, std::atomic<bool>& stop);
  bool play_block(const UnitBlock& block, std::atomic<bool>& stop,
                  std::vector<UnitResult>& results);
  bool play_parts(const UnitBlock& block, std::int64_t largest, std::atomic<bool>& stop,
                  std::vector<UnitResult>& results);
  std::vector<RunResult> simulate(const UnitBlock& block, std::atomic<bool>& stop,
                                  std::atomic<std::int64_t>& steps, std::span<UnitResult> results);
  void forget_checkpoints(const std::vector<UnitResult>& results);
  double bytes_of(const SweepJob& job) const;
  const UnitCost& cost_of(const Unit& unit) const;
  std::shared_ptr<const Scenario> scenario(std::int64_t point);
  void finish(const std::vector<UnitResult>& results);
  void count(const std::vector<FinishedUnit>& units, bool is_remote);

  const SweepPlan& plan_;
  const std::vector<SweepJob>& jobs_;
  ImageCache& images_;
  PartWriter& part_;
  PlayerOptions options_;

  mutable std::mutex mutex_;  // guards what follows
  SweepProgress progress_;
  std::vector<std::int64_t> units_left_;  // per point
  std::list<Running> running_;
  std::vector<FinishedUnit> finished_;
  std::list<std::pair<std::int64_t, std::shared_ptr<const Scenario>>> recent_;  // newest first
  std::mutex tell_mutex_;  // one call of on_point at a time
};

}  // namespace gbid
