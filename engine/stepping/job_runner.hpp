// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <oneapi/tbb/task_arena.h>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>

namespace gbid {

/// Runs independent jobs side by side, each on one thread of an arena; idle threads help
/// with the parallel loops of the remaining jobs, so that a large job that runs alone
/// has them all. The thread that owns the runner only hands out and waits:
///
///     JobRunner runner(threads, memory_bytes);
///     while (more jobs) {
///       if (runner.has_room(job.bytes)) runner.start(job.bytes, job.run);
///       else runner.wait();
///     }
///     runner.finish();
///
/// A caller that sets tbb::global_control must allow one thread more than it wants jobs.
class JobRunner {
 public:
  /// @param memory_bytes  that the jobs of one moment may take together.
  JobRunner(int threads, double memory_bytes);
  JobRunner(const JobRunner&) = delete;
  JobRunner& operator=(const JobRunner&) = delete;
  ~JobRunner() { wait_until_idle(); }

  int threads() const { return threads_; }
  double memory_bytes() const { return memory_bytes_; }
  /// A thread is free, and so is the memory.
  bool has_room(double bytes) const;
  bool has_free_thread() const { return has_room(0.0); }
  bool is_idle() const;

  /// Starts a job at once. There must be room for it.
  void start(double bytes, std::function<void()> run);
  /// Returns when a job has ended since the last call, or after `longest`.
  void wait(std::chrono::microseconds longest = std::chrono::hours(1));
  /// Waits for all jobs.  @throws what the first job that threw has thrown.
  void finish();

 private:
  void end_job(double bytes, std::exception_ptr failure);
  void wait_until_idle();

  const int threads_;
  const double memory_bytes_;
  tbb::task_arena arena_;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  int running_ = 0;
  double used_bytes_ = 0.0;
  bool has_ended_ = false;
  std::exception_ptr failure_;
};

}  // namespace gbid
