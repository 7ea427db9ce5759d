// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <oneapi/tbb/global_control.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/cli/options.hpp"

namespace gbid::cli {

/// How many threads --threads asks for; by default as many as there are processors to run on.
/// @throws UsageError.
int thread_count(const Options& options);

/// Keeps TBB to so many threads while it lives.
class ThreadLimits {
 public:
  /// @param helpers  threads besides those that compute, see JobRunner.
  explicit ThreadLimits(int threads, int helpers = 0);

 private:
  tbb::global_control threads_, stack_;
};

/// From now on the first Ctrl-C, SIGTERM or SIGHUP sets the flag, so that the program can end and
/// keep what it has; the second one ends the program.
std::atomic<bool>& stop_on_signals();

/// What is left of the time that --max-time asks for, counted from the first call. @throws UsageError.
std::optional<std::chrono::milliseconds> max_time(const Options& options);

/// Sets `stop` after so long, unless it is gone before.
class Deadline {
 public:
  Deadline(std::optional<std::chrono::milliseconds> time, std::atomic<bool>& stop);

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: it uses what is above
};

/// "out.h5.journal" without ".journal": commands take either name.
std::string without_ending(std::string file, std::string_view ending);

/// Refuses a file to write whose folder is not there. @throws IoError (cannot create).
void refuse_missing_folder(const std::string& out);

/// Refuses what can be known to go wrong with an output file before the work, not after it.
/// @param inputs  files that it must not replace, the scenario's own data among them.
/// @throws UsageError, IoError (cannot create).
void check_output(const std::string& out, bool is_forced, const std::string& scenario_file,
                  const std::vector<std::string>& inputs);

}  // namespace gbid::cli
