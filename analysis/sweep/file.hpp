// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>

#include "analysis/sweep/tables.hpp"

namespace gbid {

struct SweepFileOptions {
  std::string command_line, created, version, build;  ///< root attributes
  bool force = false;                                 ///< replace an existing file
  SweepTablesConfig tables = {};
};

/// Writes what has been played of a sweep:
///
///   /scenario_toml              the scenario without the swept keys
///   /summary                    over `point`: SweepTables::points
///   /table                      over `row`: SweepTables::rows
///   /points/<shape>/<regime>    over (point, trial, step, ...): the records of all points of one
///                               shape; the coordinate `point` holds their numbers
///
/// Root attributes are those of a run and `kind` = "sweep"; `status` is "partial" while simulations
/// are missing. The same parts, in any order of playing, give the same bytes, but for
/// the seconds. Written beside its place and renamed.
/// @return whether every simulation had ended.
/// @throws IoError.
bool publish_sweep(const SweepPlan& plan, const Parts& parts, const std::string& out_path,
                   const SweepFileOptions& options);

}  // namespace gbid
