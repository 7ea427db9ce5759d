// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <cmath>
#include <tuple>

#include "scenarios/bidding/path_meter.hpp"

using namespace gbid;

namespace {

const Index kOnlyAgent[] = {0};

/// Two bids of one agent, as functions of the step.
template <class Path>
PathMeter follow(int steps, const Path& path) {
  PathMeter meter(1, 2);
  PaddedMatrix bids(1, 2);
  for (int step = 0; step <= steps; ++step) {
    std::tie(bids(0, 0), bids(0, 1)) = path(step);
    meter.follow(Movers{kOnlyAgent, true}, bids);
  }
  return meter;
}

auto spiral(double radius_a_step) {
  return [=](int step) {
    const double r = std::pow(radius_a_step, step), angle = 0.3 * step;
    return std::pair(r * std::cos(angle), r * std::sin(angle));
  };
}

}  // namespace

TEST_CASE("path: a straight line travels as far as it gets, and does not cycle") {
  const PathMeter meter = follow(100, [](int s) { return std::pair(3.0 * s, 4.0 * s); });
  CHECK(meter.travelled() == doctest::Approx(500.0));
  CHECK(meter.displacement() == doctest::Approx(500.0));
  CHECK(meter.cycling().turning == doctest::Approx(0.0));
  CHECK(meter.cycling().motion_left == doctest::Approx(1.0));
  CHECK_FALSE(meter.cycling().is_cycling());
}

TEST_CASE("path: a circle cycles, however long it is watched") {
  for (const int steps : {90, 127, 128, 150, 1000, 1500}) {
    CAPTURE(steps);
    const PathMeter meter = follow(steps, spiral(1.0));
    CHECK(meter.displacement() <= 2.0);
    // The last window has at least a third of the steps, 0.3 each, and ends at most 2 apart.
    CHECK(meter.cycling().cycling > 1.0 - 2.0 / (0.29 * steps / 3.0));
    CHECK(meter.cycling().is_cycling());
  }
}

TEST_CASE("path: a spiral into a point turns, but comes to rest") {
  const PathMeter meter = follow(1000, spiral(0.98));
  CHECK(meter.cycling().turning > 0.5);
  CHECK(meter.cycling().motion_left < 0.01);
  CHECK_FALSE(meter.cycling().is_cycling());
}

TEST_CASE("path: who never moves does not cycle") {
  const PathMeter meter = follow(50, [](int) { return std::pair(1.0, 2.0); });
  CHECK(meter.travelled() == 0.0);
  CHECK(meter.cycling().cycling == 0.0);
}
