// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "analysis/price_of_anarchy.hpp"
#include "engine/record/data_table.hpp"
#include "scenarios/sweep/point_records.hpp"

namespace gbid {

/// How a point of a sweep ended; the numbers are those of the variable `status` in the file.
enum class PointStatus : std::int8_t {
  kNotRun = 0,      ///< some of its simulations have not ended
  kComplete = 1,    ///< all have
  kSomeFailed = 2,  ///< all have, some of them by a failure
  kFailed = 3,      ///< all failed
  kRefused = 4,     ///< it is no scenario; `message` says why
};
inline constexpr const char* kPointStatusMeanings = "not_run complete some_failed failed refused";

/// What a sweep found, as two tables.
struct SweepTables {
  /// A row a point: its parameters, how it ended, why it may not be quoted (`obstacles`, one a line,
  /// and in the same order `cures`; both empty where it may), and estimates over its trials with
  /// their bootstrap intervals (_low, _high).
  DataTable points;
  /// A row a point, trial and regime, in this order.
  DataTable rows;
  bool is_complete = false;  ///< every simulation of every point has ended
};

struct SweepTablesConfig {
  PriceOfAnarchyConfig price_of_anarchy = {};
  bool with_seconds = true;  ///< else NaN, so that equal sweeps give equal tables
};

/// Compares the regimes of every point as `price_of_anarchy` does those of a run, in parallel over
/// points.
SweepTables sweep_tables(const SweepPlan& plan, const Parts& parts,
                         const SweepTablesConfig& config = {});

/// How a point ended, without looking at what it recorded.
PointStatus point_status(const SweepPlan& plan, std::int64_t point, const Parts& parts);

}  // namespace gbid
