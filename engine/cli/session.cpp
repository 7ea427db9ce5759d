// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/cli/session.hpp"

#include <fmt/format.h>
#include <oneapi/tbb/info.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "engine/core/error.hpp"
#include "engine/core/posix_file.hpp"
#include "engine/text/duration.hpp"

namespace gbid::cli {
namespace {

// Products pack their blocks on the stack: at most 2 MB each, three deep.
constexpr std::size_t kThreadStackBytes = std::size_t{16} << 20;

std::atomic<bool> stop_requested = false;
static_assert(std::atomic<bool>::is_always_lock_free, "set from a signal handler");

/// The first Ctrl-C or SIGTERM asks the run to end and keep what it has; the second one ends the
/// program.
void request_stop(int signal) {
  stop_requested = true;
  std::signal(signal, SIG_DFL);
}

}  // namespace

int thread_count(const Options& options) {
  if (!options.has("threads")) return tbb::info::default_concurrency();
  const auto threads = options.get<std::int64_t>("threads");
  if (threads < 1 || threads > 4096)
    throw UsageError(fmt::format("--threads: expected a number from 1 to 4096, got {}", threads));
  return static_cast<int>(threads);
}

ThreadLimits::ThreadLimits(int threads, int helpers)
    : threads_(tbb::global_control::max_allowed_parallelism,
               static_cast<std::size_t>(threads + helpers)),
      stack_(tbb::global_control::thread_stack_size, kThreadStackBytes) {}

std::atomic<bool>& stop_on_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, request_stop);
  return stop_requested;
}

std::optional<std::chrono::milliseconds> max_time(const Options& options) {
  if (!options.has("max-time")) return std::nullopt;
  const std::string text = options.get<std::string>("max-time");
  const auto time = duration_of(text);
  if (!time)
    throw UsageError(fmt::format("--max-time: expected a time such as 3h50m or 90s, got {}", text));
  static const auto first_asked = std::chrono::steady_clock::now();
  const auto gone = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - first_asked);
  return std::max(std::chrono::milliseconds(1), std::chrono::milliseconds(*time) - gone);
}

Deadline::Deadline(std::optional<std::chrono::milliseconds> time, std::atomic<bool>& stop) {
  if (!time) return;
  thread_ = std::jthread([this, time = *time, &stop](const std::stop_token& is_over) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, is_over, time, [] { return false; });
    if (!is_over.stop_requested()) stop = true;
  });
}

std::string without_ending(std::string file, std::string_view ending) {
  if (file.ends_with(ending)) file.resize(file.size() - ending.size());
  return file;
}

void refuse_missing_folder(const std::string& out) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(out).parent_path();
  std::error_code none;
  if (!folder.empty() && !fs::is_directory(folder, none))
    throw IoError(fmt::format("{}: there is no folder {}", out, folder.string()),
                  ExitCode::kCannotCreate);
}

void check_output(const std::string& out, bool is_forced, const std::string& scenario_file,
                  const std::vector<std::string>& inputs) {
  namespace fs = std::filesystem;
  if (out.empty()) throw UsageError("--output: expected a file name, got nothing");
  refuse_missing_folder(out);
  const auto refuse = [&](const char* why) {
    throw IoError(out + ": " + why, ExitCode::kCannotCreate);
  };
  std::error_code none;
  const fs::file_status link = fs::symlink_status(out, none), target = fs::status(out, none);
  if (fs::is_symlink(link) && !fs::exists(target))
    refuse("is a link to a file that does not exist");
  if (fs::exists(target) && !fs::is_regular_file(target)) refuse("is not a regular file");
  if (is_forced) {
    if (is_locked(out)) refuse("is locked by another program, which may be writing it");
    if (fs::equivalent(out, scenario_file, none)) refuse("is the scenario itself");
    for (const std::string& input : inputs)
      if (fs::equivalent(out, input, none)) refuse("is an input of the scenario");
    return;
  }
  if (std::filesystem::exists(out))
    throw IoError(fmt::format("{}: exists already; --force replaces it, -o names another", out),
                  ExitCode::kCannotCreate);
}

}  // namespace gbid::cli
