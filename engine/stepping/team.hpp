// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "engine/stepping/job_runner.hpp"

namespace gbid {

/// Where a process gets its next job from: from its own list, or from another process.
/// All members are called by one thread.
class Team {
 public:
  virtual ~Team() = default;
  /// The next job that fits, by its place in the list of jobs; nothing if there is none now.
  virtual std::optional<std::size_t> take(const std::function<bool(std::size_t)>& fits) = 0;
  /// No job will come any more, and no other process has one whose end must be reported here.
  virtual bool is_drained() const = 0;
  /// This process has finished its points.
  virtual void finish() {}
  /// How long the thread may sleep unless a job ends before; others may be waiting for it.
  /// @param is_busy  all threads of this process are at work.
  virtual std::chrono::microseconds patience(bool is_busy) const {
    (void)is_busy;
    return std::chrono::hours(1);
  }
};

/// The jobs in the order of their list, by one process alone. A large job that does not fit beside
/// what is running is overtaken by smaller ones, but only so often.
class SoloTeam final : public Team {
 public:
  explicit SoloTeam(std::size_t jobs) : is_taken_(jobs, false) {}
  std::optional<std::size_t> take(const std::function<bool(std::size_t)>& fits) override;
  bool is_drained() const override { return first_ == is_taken_.size(); }

 private:
  std::vector<bool> is_taken_;
  std::size_t first_ = 0;  // all before it are taken
  std::size_t overtaken_ = 0;
};

/// Runs what a team hands out, as many jobs side by side as there are threads and memory for, until
/// there is no more or `stop` is set; then waits for those that were started.
/// @param bytes  memory that a job takes.
/// @param run    what a job does, by its place in the list of jobs.
/// @throws what the first job that threw has thrown.
void run_jobs(JobRunner& runner, Team& team, const std::function<double(std::size_t)>& bytes,
              const std::function<void(std::size_t)>& run, const std::atomic<bool>& stop);

}  // namespace gbid
