// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/config/document.hpp"
#include "engine/record/layout.hpp"
#include "engine/sweep/grid.hpp"
#include "scenarios/data/image_cache.hpp"

namespace gbid {

/// What one simulation of a regime of a point takes.
struct UnitCost {
  double flops = 0.0;
  double bytes = 0.0;  ///< of memory, its records included
  double steps = 0.0;
  std::int64_t block = 1;  ///< trials that are best played side by side
};

/// One point of a sweep: a scenario of its own.
struct SweepPoint {
  std::string scenario_toml;  ///< resolved; loading it plays the same
  std::uint64_t seed = 0;
  std::int64_t trials = 0;
  std::int64_t shape = -1;      ///< index into SweepPlan::shapes; -1 if it cannot be played
  std::vector<UnitCost> costs;  ///< per regime
  double record_bytes = 0.0;    ///< that its records take in the file, before compression
  std::string error;            ///< why it cannot be played
};

/// Points whose records have the same axes: they lie side by side in the file.
struct SweepShape {
  RunLayout layout;  ///< without what differs from point to point: scenario, seed
  std::vector<std::int64_t> points;
};

/// A sweep as it was asked for: a scenario, its overrides and the grid.
struct SweepSource {
  config::Document document;
  SweepGrid grid;
};

/// A sweep of which every point has been validated.
struct SweepPlan {
  SweepGrid grid;
  std::string title;
  std::string scenario_toml;        ///< of the scenario as it is without the swept keys
  std::uint64_t seed = 0;           ///< the scenario's own
  std::string name;                 ///< of the scenario file, for messages
  std::filesystem::path directory;  ///< that the files it names are relative to
  int compression = 4;
  std::vector<SweepPoint> points;
  std::vector<SweepShape> shapes;
  double shared_bytes = 0.0;        ///< memory that all simulations share
  std::vector<std::string> inputs;  ///< data files that its points name
  /// SHA-256 of everything that results depend on: two plans with the same one give the same file.
  std::string fingerprint;

  std::int64_t unit_count() const;
  const RunLayout& layout_of(const SweepPoint& point) const {
    return shapes[static_cast<std::size_t>(point.shape)].layout;
  }
};

/// Validates every point, in parallel. A point that is wrong is kept with its error; if all are,
/// the first error is thrown.
///
/// Seeds: with SweepSeeds::kIndependent a point's seed is the first 63 bits of SHA-256(its resolved
/// scenario, with the scenario's own seed, but without title, trials and [record]), so that new
/// points, more trials and other records change no old numbers. A swept `seed` is taken as it is.
/// @throws UsageError, ScenarioError for a grid that is none; what the points throw if all do.
SweepPlan plan_sweep(const SweepSource& source, ImageCache& images);

}  // namespace gbid
