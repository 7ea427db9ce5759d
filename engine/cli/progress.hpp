// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "engine/cli/terminal.hpp"

namespace gbid::cli {

/// Progress that is counted in two ways: the units that are shown, and the work behind them.
struct ProgressSample {
  std::int64_t done = 0;  ///< of the total; -1: as the counter says
  std::string text;       ///< instead of "420 of 1,000 steps  1.25 M steps/s"
};

struct ProgressConfig {
  std::string label;       ///< what is under way, e.g. "competitive"
  std::int64_t total = 0;  ///< steps until the end; 0 if that is not known
  std::int64_t already =
      0;  ///< of these, done before the start (a resumed run); not part of the rate
  std::string unit = "steps";
  bool is_quiet = false;  ///< prints nothing at all
  bool is_terminal =
      stderr_is_terminal();  ///< one line rewritten in place, else a line now and then
  Paint paint = Paint::for_stderr();
  std::function<ProgressSample()> sample = {};       ///< asked at every drawing; empty: the counter
  double redraw_s = 0.2;                             ///< between two drawings on a terminal
  double report_s = 30.0;                            ///< between two lines elsewhere
  std::function<void(std::string_view)> write = {};  ///< where text goes; empty: standard error
};

/// Shows the progress of a long computation: fraction, rate and time left, from its own thread.
///
/// Workers call `add`, which is one relaxed atomic addition; everything else is for the thread that
/// owns it.
class Progress {
 public:
  explicit Progress(ProgressConfig config);
  ~Progress() { finish(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// From any thread.
  void add(std::int64_t steps = 1) noexcept { done_.fetch_add(steps, std::memory_order_relaxed); }
  /// The count itself, for workers that add to it as they go.
  std::atomic<std::int64_t>& counter() noexcept { return done_; }
  std::int64_t done() const noexcept { return done_.load(std::memory_order_relaxed); }

  /// Names what is being computed now.
  void set_label(std::string label);
  /// Prints a line of its own without disturbing the progress line; printed even if quiet.
  void message(std::string_view line);
  /// Stops the thread and wipes the line. Called by the destructor.
  void finish();

 private:
  void loop();
  void draw(double elapsed_s);
  void write(std::string_view text) const;

  ProgressConfig config_;
  std::atomic<std::int64_t> done_;
  std::mutex mutex_;  ///< guards what follows, and the output
  std::condition_variable wake_;
  bool is_finished_ = false;
  bool is_drawn_ = false;
  double rate_ = 0.0;  ///< smoothed, per second
  double last_s_ = 0.0;
  std::int64_t last_done_ = 0;
  std::thread thread_;
};

/// What a progress line says; `rate` per second, 0 if not known yet.
struct ProgressState {
  std::string label, unit;
  std::int64_t done = 0, total = 0;
  double rate = 0.0;
  std::string text = {};  ///< replaces counts and rate
};

/// "competitive  42%  420 of 1,000 steps  1.25 M steps/s  3 min 05 s left", cut to `columns`
/// letters.
std::string progress_line(const ProgressState& state, std::size_t columns);

/// Three digits and a prefix: "950", "12.5 k", "1.25 M".
std::string human_number(double number);
/// "42 s", "3 min 05 s", "2 h 05 min", "3 d 04 h".
std::string human_time(double seconds);
/// "1,234,567".
std::string grouped(std::int64_t number);

}  // namespace gbid::cli
