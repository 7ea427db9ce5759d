// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace gbid::cli {

/// Tells on standard error how far a counter has come, with its rate and the time left, from a thread of its own: one
/// line rewritten in place on a terminal, a plain line every 30 s otherwise. Nothing when quiet, and nothing for runs
/// that are over within a moment. NO_COLOR (no-color.org) and TERM=dumb make it plain too.
class Progress {
 public:
  Progress(const std::atomic<std::int64_t>& done, std::int64_t total, std::string unit, bool is_quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  void report();

  const std::atomic<std::int64_t>& done_;
  std::int64_t total_;
  std::string unit_;
  bool rewrites_ = false;
  bool has_ended_ = false;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::thread reporter_;
};

/// "42% 1.23 Msteps/s, 5 s left": the text of a progress line. Rates and times are left out until they mean something.
std::string progress_text(std::int64_t done, std::int64_t total, double seconds, const std::string& unit);

}  // namespace gbid::cli
