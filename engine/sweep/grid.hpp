// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/config/document.hpp"

namespace gbid {

/// A key of the scenario and the values that it takes, as TOML text.
struct SweepAxis {
  std::string key;
  std::vector<std::string> values;
  std::string where;  ///< "--over market.agents=10,20" or "file:line:column", for messages
};

/// How the trials of different points are seeded.
enum class SweepSeeds {
  kIndependent,  ///< a seed a point, from the scenario's seed and what the point is
  kCommon,       ///< the scenario's seed at every point: common random numbers
};

/// The points of a sweep: every combination of values (the last axis runs fastest), or, zipped, the
/// k-th values of all axes together.
struct SweepGrid {
  std::vector<SweepAxis> axes;
  bool is_zipped = false;
  SweepSeeds seeds = SweepSeeds::kIndependent;

  std::int64_t size() const;
  /// Which value of every axis point k takes.
  std::vector<std::size_t> at(std::int64_t point) const;
  /// The overrides of point k: "market.agents=50", one an axis.
  std::vector<std::string> assignments(std::int64_t point) const;
};

/// A larger number of points is taken for an error of typing.
inline constexpr std::int64_t kMostPoints = 1000000;

/// Reads "KEY=VALUES": TOML values separated by commas, of which each may also be a range:
///   10,20,50          a list; words that are no TOML are text (relu,hard)
///   -1:0:0.25         from start to stop (included where a step meets it) by step
///   log:1e-3:1e-1:7   that many values, evenly spaced by ratio;  lin:0:1:5 by difference
/// Range values are rounded to 15 significant digits, so that 0.3 is 0.3; a range whose values are
/// all whole has integers.
/// @throws UsageError.
SweepAxis parse_axis(const std::string& text);

/// What a scenario says of its own sweep; no axes if it has no [sweep].
///
///     [sweep]
///     zip   = false
///     seeds = "independent"                 # or "common"
///     [sweep.over]
///     market.agents            = [10, 20, 50]
///     market.payoff.divergence = "-1:0:0.25"
///
/// @throws ScenarioError with the place.
SweepGrid sweep_of(const config::Document& document);

/// Refuses what cannot be a sweep: no axis, no value, a key or a value twice, zipped axes of
/// different lengths, more than kMostPoints points.
/// @throws UsageError or ScenarioError beginning with the place of the axis.
void check_grid(const SweepGrid& grid);

/// The values of an axis as numbers where all are, for tables and axes of figures.
struct AxisColumn {
  enum class Type { kInteger, kNumber, kText } type = Type::kText;
  std::vector<std::int64_t> integers;
  std::vector<double> numbers;  ///< also of integers
  std::vector<std::string> texts;
};
AxisColumn axis_column(const SweepAxis& axis);

}  // namespace gbid
