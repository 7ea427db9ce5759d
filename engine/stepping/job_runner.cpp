// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/stepping/job_runner.hpp"

#include <memory>
#include <utility>

namespace gbid {

JobRunner::JobRunner(int threads, double memory_bytes)
    : threads_(threads), memory_bytes_(memory_bytes), arena_(threads, 0) {}

bool JobRunner::has_room(double bytes) const {
  const std::lock_guard lock(mutex_);
  return running_ < threads_ && used_bytes_ + bytes <= memory_bytes_;
}

bool JobRunner::is_idle() const {
  const std::lock_guard lock(mutex_);
  return running_ == 0;
}

void JobRunner::start(double bytes, std::function<void()> run) {
  {
    const std::lock_guard lock(mutex_);
    ++running_;
    used_bytes_ += bytes;
  }
  auto shared = std::make_shared<std::function<void()>>(std::move(run));
  arena_.enqueue([this, bytes, shared = std::move(shared)] {
    std::exception_ptr failure;
    // Isolated: a thread that waits inside of one job must not start another on top of it.
    tbb::this_task_arena::isolate([&] {
      try {
        (*shared)();
      } catch (...) {
        failure = std::current_exception();
      }
    });
    *shared = nullptr;  // what the job holds is free before its memory is
    end_job(bytes, failure);
  });
}

void JobRunner::end_job(double bytes, std::exception_ptr failure) {
  const std::lock_guard lock(mutex_);
  --running_;
  used_bytes_ = running_ == 0 ? 0.0 : used_bytes_ - bytes;
  has_ended_ = true;
  if (failure && !failure_) failure_ = std::move(failure);
  ended_.notify_all();  // under the lock: the runner may be gone right after it
}

void JobRunner::wait(std::chrono::microseconds longest) {
  std::unique_lock lock(mutex_);
  ended_.wait_for(lock, longest, [this] { return has_ended_; });
  has_ended_ = false;
}

void JobRunner::wait_until_idle() {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return running_ == 0; });
}

void JobRunner::finish() {
  wait_until_idle();
  const std::lock_guard lock(mutex_);
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

}  // namespace gbid
