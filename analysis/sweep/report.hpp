// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <vector>

#include "engine/record/data_table.hpp"

namespace gbid {

/// A sweep's file, without its trajectories.
struct StoredSweep {
  std::string title, status;
  std::uint64_t seed = 0;
  std::vector<std::string> keys;  ///< swept, in the user's order
  DataTable points;               ///< `/summary`, with the column `point` first
  DataTable rows;                 ///< `/table`
};

/// Whether a published file holds a sweep rather than a run.
/// @throws MissingInputError, DataError.
bool is_sweep_file(const std::string& path);

/// Reads the tables of a sweep. Nothing in the file is trusted.
/// @throws MissingInputError, DataError.
StoredSweep read_sweep(const std::string& path);

/// How many points may be quoted; a table of the points: swept keys, how they ended, price of anarchy
/// (or the welfare gap where it is not defined) and welfare with their intervals, the share of trials
/// that settled, of planners that ended below and of certified ends; why points may not be quoted,
/// which are starred, and what cures that. At most `most` points; says how many there are.
/// @param is_explained  adds what every number means, at the end.
std::string text_report(const StoredSweep& sweep, bool is_explained = false, std::size_t most = 60);

/// {"version": 1, "kind": "sweep", "points": [{...}], "rows": [{...}]}, an object a row; what is
/// missing is null. A point has "is_quotable", "obstacles" and "cures" as in the report of a run; null
/// in a file of a version that did not judge its points.
std::string json_report(const StoredSweep& sweep);

}  // namespace gbid
