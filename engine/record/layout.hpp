// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gbid {

/// One axis besides `trial` and `step`, for example `agent` or `counterpart`; its coordinate is 0
/// .. size-1.
struct Dimension {
  std::string name;
  std::int64_t size = 0;
  std::string long_name;

  bool operator==(const Dimension&) const = default;
};

/// One recorded quantity, float64.
struct Variable {
  std::string name;
  std::string long_name;
  std::string units = "1";
  std::vector<std::string>
      dimensions;  ///< after `trial` (and `step`), row-major; empty for a scalar

  bool operator==(const Variable&) const = default;
};

/// What one regime of a run leaves behind: `/<name>` in the file.
struct RegimeLayout {
  std::string name;
  std::vector<Dimension> dimensions;
  std::vector<Variable> trajectory;  ///< one value per (trial, step, dimensions...)
  std::vector<Variable>
      final;  ///< one value per (trial, dimensions...), written once at the end of a trial
  std::vector<std::int64_t>
      steps;  ///< the steps that are recorded, ascending: the coordinate `step`
  std::map<std::string, std::string> attributes;  ///< objective, schedule, learner, ...

  bool operator==(const RegimeLayout&) const = default;
};

/// Everything that must be known before the first step to lay a run's file out.
struct RunLayout {
  std::string title;
  std::string scenario_toml;  ///< the resolved scenario; /scenario_toml
  std::uint64_t seed = 0;
  std::int64_t trials = 1;
  std::string command_line;
  std::string created;  ///< ISO 8601, UTC
  std::string
      version;        ///< of the program that ran it; empty: this one, filled in by Journal::create
  std::string build;  ///< its compiler and build type; empty: this one's
  int compression = 4;  ///< gzip level of the published datasets, 0 to 9
  /// The folder that files named in the scenario are relative to, and these files with the SHA-256
  /// of their content: of the journal, for a run that goes on; not in the published file.
  std::string directory = {};
  std::map<std::string, std::string> inputs = {};
  std::vector<RegimeLayout> regimes;

  bool operator==(const RunLayout&) const = default;
};

/// Most dimensions that one variable may have besides `trial` and `step`.
inline constexpr std::size_t kMaxVariableDimensions = 6;

/// How a trial of one regime ended; the numbers are those of the variable `outcome` in the file.
enum class TrialStatus : std::int8_t {
  kNotStarted = 0,
  kCompleted = 1,  ///< all steps were done
  kSettled = 2,    ///< the stopping rule was met before the last step
  kFailed = 3,     ///< a number became undefined; `message` says where
  kStopped = 4,    ///< interrupted, or killed
};

/// The end of one trial of one regime.
struct Outcome {
  TrialStatus status = TrialStatus::kNotStarted;
  std::int64_t steps_done = 0;
  std::string message;

  bool operator==(const Outcome&) const = default;
};

/// The names of TrialStatus in the order of their numbers, separated by blanks (CF
/// `flag_meanings`).
inline constexpr const char* kTrialStatusMeanings = "not_started completed settled failed stopped";

/// Sizes of a variable's own dimensions, in order.  @throws Error (internal) for an unknown
/// dimension.
std::vector<std::int64_t> dimension_sizes(const RegimeLayout& regime, const Variable& variable);

/// Doubles in one trajectory record: over all trajectory variables, the products of their
/// dimensions' sizes.
std::int64_t trajectory_width(const RegimeLayout& regime);

/// Doubles in the final record of one trial.
std::int64_t final_width(const RegimeLayout& regime);

/// Checks names (see is_name; unique per regime; none of trial, step, outcome, steps_done,
/// message), sizes (>= 1, total below 2^60 doubles), dimensions, steps (ascending) and the
/// compression level.
/// @throws Error (internal): a layout is made by the program, not by its user.
void check_layout(const RunLayout& layout);

/// The layout without `scenario_toml` and `seed`, as TOML; and back.
std::string layout_to_toml(const RunLayout& layout);
RunLayout layout_from_toml(std::string_view text);

/// Bytes that are not UTF-8, and NUL, become U+FFFD: a command line may hold anything, a file only
/// text.
std::string valid_utf8(std::string_view text);

}  // namespace gbid
