// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gbid {

/// One axis besides `trial` and `step`, for example `agent` or `counterpart`; its coordinate is 0 .. size-1.
struct Dimension {
  std::string name;
  std::int64_t size = 0;
  std::string long_name;
};

/// One recorded quantity, float64.
struct Variable {
  std::string name;
  std::string long_name;
  std::string units = "1";
  std::vector<std::string> dimensions;  ///< after `trial` (and `step`), row-major; empty for a scalar
};

/// What one regime of a run leaves behind: `/<name>` in the file.
struct RegimeLayout {
  std::string name;
  std::vector<Dimension> dimensions;
  std::vector<Variable> trajectory;  ///< one value per (trial, step, dimensions...)
  std::vector<Variable> final;       ///< one value per (trial, dimensions...), written once at the end of a trial
  std::vector<std::int64_t> steps;   ///< the steps that are recorded, ascending: the coordinate `step`
  std::map<std::string, std::string> attributes;  ///< objective, schedule, learner, ...
};

/// Everything that must be known before the first step to lay a run's file out.
struct RunLayout {
  std::string title;
  std::string scenario_toml;   ///< the resolved scenario; /scenario_toml
  std::uint64_t seed = 0;
  std::int64_t trials = 1;
  std::string command_line;
  std::string created;         ///< ISO 8601, UTC
  int compression = 4;         ///< gzip level of the published datasets, 0 to 9
  std::vector<RegimeLayout> regimes;
};

}  // namespace gbid
