// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "engine/cli/output.hpp"

namespace gbid::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kTerminalInterval{200};
constexpr std::chrono::seconds kPlainInterval{30};

bool terminal_can_rewrite() {
  const char* term = std::getenv("TERM");
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(STDERR_FILENO) && term && std::string_view(term) != "dumb" && !(no_color && *no_color);
}

std::string duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

}  // namespace

std::string progress_text(std::int64_t done, std::int64_t total, double seconds, const std::string& unit) {
  const double share = total > 0 ? static_cast<double>(done) / static_cast<double>(total) : 1.0;
  std::string text = fmt::format("{:3.0f}%", 100.0 * share);
  if (done <= 0 || seconds <= 0.0) return text;
  const double rate = static_cast<double>(done) / seconds;
  return text + fmt::format("  {}/s, {} left", human(rate, unit.c_str()),
                            duration(static_cast<double>(total - done) / rate));
}

Progress::Progress(const std::atomic<std::int64_t>& done, std::int64_t total, std::string unit, bool is_quiet)
    : done_(done), total_(total), unit_(std::move(unit)), rewrites_(terminal_can_rewrite()) {
  if (!is_quiet) reporter_ = std::thread([this] { report(); });
}

Progress::~Progress() {
  if (!reporter_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
  }
  ended_.notify_one();
  reporter_.join();
}

void Progress::report() {
  const auto start = Clock::now();
  bool has_written = false;
  std::unique_lock lock(mutex_);
  for (;;) {
    const bool is_over = rewrites_ ? ended_.wait_for(lock, kTerminalInterval, [this] { return has_ended_; })
                                   : ended_.wait_for(lock, kPlainInterval, [this] { return has_ended_; });
    if (is_over) break;
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    const std::string text = progress_text(done_.load(std::memory_order_relaxed), total_, seconds, unit_);
    fmt::print(stderr, "{}{}{}", rewrites_ ? "\r\x1b[K" : "", text, rewrites_ ? "" : "\n");
    std::fflush(stderr);
    has_written = true;
  }
  if (has_written && rewrites_) fmt::print(stderr, "\r\x1b[K");
}

}  // namespace gbid::cli
