// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <array>
#include <string>
#include <vector>

#include "engine/schedule/movers.hpp"
#include "engine/simulation/state.hpp"

namespace gbid {

/// Whether a run goes round in circles.
///
///   turning     = 1 - D / L: L the length of the path in the last window, D the distance between
///                 its ends; 0 along a line, 1 for a closed curve
///   motion_left = mean step in the last window / mean step before it; near 0 for a run that comes
///                 to rest, 1 for one that keeps going
///   cycling     = turning x min(1, motion_left), in [0, 1]
///
/// A spiral into a point turns, but its motion ends; a drift keeps going, but does not turn. The
/// last window begins at a power of two of steps, and holds a third to three fifths of the run.
struct Cycling {
  double cycling = 0.0, turning = 0.0, motion_left = 0.0;
  /// A run is said to cycle above this.
  static constexpr double kThreshold = 0.5;
  bool is_cycling() const { return cycling > kThreshold; }
};

/// Follows the raw bids of all agents, as they were cleared, from step to step. Lengths are
/// Euclidean over all agents' bids. Nothing allocates after construction; sums are taken in a fixed
/// order.
class PathMeter {
 public:
  PathMeter(Index agents, Index bids_per_agent);

  /// The bids after another step, of which only those of `movers` changed; the first call gives
  /// the start.
  void follow(const Movers& movers, const PaddedMatrix& raw);

  /// What every market that takes bids can record of the path.
  static const std::vector<ArrayRow<PathMeter>>& arrays();
  void declare(State& state);
  /// Measures what `arrays` records.
  void derive();

  double travelled() const { return travelled_; }
  double displacement() const { return distance(start_); }
  Cycling cycling() const;

 private:
  double distance(const PaddedMatrix& from) const;

  struct Mark {
    Index step = 0;
    double travelled = 0.0;
    PaddedMatrix bids;
  };

  PaddedMatrix start_, bids_;
  std::array<Mark, 2> marks_;  // at the last two powers of two, the older one first
  Index steps_ = -1;
  double travelled_ = 0.0;
  std::vector<double> parts_;  // of sums, a block of movers
  double displacement_ = 0.0;  // when last derived, as the next
  Cycling cycling_;
};

/// The name in [record] final that stands for all of Cycling.
inline constexpr const char* kCycling = "cycling";

}  // namespace gbid
