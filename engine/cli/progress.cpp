// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/cli/progress.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <utility>

#include "engine/cli/message.hpp"

namespace gbid::cli {
namespace {

/// The rate follows changes within about this time.
constexpr double kSmoothing_s = 5.0;
constexpr std::string_view kToStart = "\r";
constexpr std::string_view kWipeRest = "\x1b[K";

/// Cuts after that many letters, never inside one.
std::string cut(const std::string& text, std::size_t columns) {
  std::size_t letters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins_letter = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
    if (begins_letter && ++letters > columns) return text.substr(0, i);
  }
  return text;
}

std::string two_units(std::int64_t high, const char* high_unit, std::int64_t low,
                      const char* low_unit) {
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%lld %s %02lld %s", static_cast<long long>(high),
                high_unit, static_cast<long long>(low), low_unit);
  return buffer.data();
}

}  // namespace

std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = text.size(); at > first + 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

std::string human_number(double number) {
  constexpr std::array<const char*, 5> kPrefixes = {"", " k", " M", " G", " T"};
  std::size_t prefix = 0;
  // 999.5 would be printed as 1000 of the smaller unit.
  while (std::abs(number) >= 999.5 && prefix + 1 < kPrefixes.size()) {
    number /= 1000.0;
    ++prefix;
  }
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), std::abs(number) >= 999.5 ? "%.0f%s" : "%.3g%s",
                number, kPrefixes[prefix]);
  return buffer.data();
}

std::string human_time(double seconds) {
  constexpr double kLongest_s = 1e12;  // beyond any run, and within 64 bits
  const auto s = static_cast<std::int64_t>(std::ceil(std::clamp(seconds, 0.0, kLongest_s)));
  if (s < 60) return std::to_string(s) + " s";
  if (s < 3600) return two_units(s / 60, "min", s % 60, "s");
  if (s < 86400) return two_units(s / 3600, "h", s % 3600 / 60, "min");
  return two_units(s / 86400, "d", s % 86400 / 3600, "h");
}

std::string progress_line(const ProgressState& state, std::size_t columns) {
  std::string line = state.label;
  const auto append = [&](const std::string& part) {
    if (!line.empty()) line += "  ";
    line += part;
  };
  if (state.total > 0) {
    const std::int64_t done = std::clamp<std::int64_t>(state.done, 0, state.total);
    const double fraction = static_cast<double>(done) / static_cast<double>(state.total);
    append(std::to_string(static_cast<int>(std::floor(100.0 * fraction))) + '%');
    append(state.text.empty() ? grouped(done) + " of " + grouped(state.total) + ' ' + state.unit
                              : state.text);
    if (state.rate > 0.0) {
      if (state.text.empty()) append(human_number(state.rate) + ' ' + state.unit + "/s");
      append(human_time(static_cast<double>(state.total - done) / state.rate) + " left");
    }
  } else {
    append(grouped(state.done) + ' ' + state.unit);
    if (state.rate > 0.0) append(human_number(state.rate) + ' ' + state.unit + "/s");
  }
  return cut(line, columns);
}

Progress::Progress(ProgressConfig config)
    : config_(std::move(config)), done_(config_.already), last_done_(config_.already) {
  if (!config_.is_quiet) thread_ = std::thread([this] { loop(); });
}

void Progress::set_label(std::string label) {
  const std::lock_guard lock(mutex_);
  config_.label = std::move(label);
}

void Progress::message(std::string_view line) {
  const std::lock_guard lock(mutex_);
  std::string text;
  if (std::exchange(is_drawn_, false)) text.append(kToStart).append(kWipeRest);
  write(text.append(line).append("\n"));
}

void Progress::finish() {
  {
    const std::lock_guard lock(mutex_);
    is_finished_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (std::exchange(is_drawn_, false)) write(std::string(kToStart).append(kWipeRest));
}

void Progress::loop() {
  const auto start = std::chrono::steady_clock::now();
  const std::chrono::duration<double> pause(config_.is_terminal ? config_.redraw_s
                                                                : config_.report_s);
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, pause, [this] { return is_finished_; })) {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    draw(elapsed.count());
  }
}

void Progress::draw(double elapsed_s) {
  // 1. Update the rate: an exponential average that starts as the plain average.
  const ProgressSample sample = config_.sample ? config_.sample() : ProgressSample{done(), {}};
  const std::int64_t now = sample.done < 0 ? done() : sample.done;
  const double span_s = elapsed_s - last_s_;
  if (span_s > 0.0) {
    const double recent = static_cast<double>(now - last_done_) / span_s;
    const double weight = last_s_ > 0.0 ? -std::expm1(-span_s / kSmoothing_s) : 1.0;
    rate_ += weight * (recent - rate_);
    last_s_ = elapsed_s;
    last_done_ = now;
  }
  const ProgressState state{config_.label, config_.unit, now, config_.total, rate_, sample.text};

  // 2. Rewrite the line in place, one column short of the edge so that terminals do not wrap it.
  if (!config_.is_terminal) {
    const std::string line = progress_line(state, std::numeric_limits<std::size_t>::max());
    return write(line + '\n');
  }
  const std::string line = progress_line(state, std::max<std::size_t>(terminal_columns(), 2) - 1);
  std::string text(kToStart);
  text.append(config_.paint(Tone::kDim, line)).append(kWipeRest);
  write(text);
  is_drawn_ = true;
}

void Progress::write(std::string_view text) const {
  if (config_.write) return config_.write(text);
  tell(text);
}

}  // namespace gbid::cli
