// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "scenarios/routing/latency.hpp"

using namespace gbid;
using namespace gbid::routing;

namespace {

struct Named {
  const char* name;
  Latency latency;
};

std::vector<Named> examples() {
  const std::vector<double> cubic{1.0, 0.5, 0.0, 2.0};
  return {{"affine", affine(2.0, 0.3)},
          {"polynomial", polynomial(cubic)},
          {"bpr, power 4", bpr(1.5, 0.15, 0.8, 4.0)},
          {"bpr, power 4.4", bpr(1.5, 0.15, 0.8, 4.4)},
          {"bpr, power 20", bpr(0.2, 0.15, 1.2, 20.0)}};
}

Latencies only(const Latency& latency) {
  Latencies latencies;
  latencies.add(latency);
  return latencies;
}

}  // namespace

TEST_CASE("latency: values by hand") {
  CHECK(only(affine(2.0, 0.3)).value(0, 4.0) == doctest::Approx(8.3).epsilon(1e-15));
  CHECK(only(bpr(10.0, 0.15, 2.0, 4.0)).value(0, 4.0) == doctest::Approx(34.0).epsilon(1e-15));
  const std::vector<double> c{1.0, 2.0, 3.0};
  CHECK(only(polynomial(c)).value(0, 2.0) == doctest::Approx(17.0).epsilon(1e-15));
}

TEST_CASE("latency: the slope is the difference quotient of the value, and not zero") {
  // Central differences of width 1e-5 err by about 1e-10 (width squared) and 1e-11 (rounding).
  constexpr double kWidth = 1e-5, kTolerance = 1e-7;
  for (const Named& example : examples()) {
    CAPTURE(example.name);
    const Latencies latencies = only(example.latency);
    for (const double x : {0.2, 0.9, 1.7}) {
      const double slope =
          (latencies.value(0, x + kWidth) - latencies.value(0, x - kWidth)) / (2.0 * kWidth);
      CHECK(latencies.at(0, x).slope == doctest::Approx(slope).epsilon(kTolerance));
      CHECK(latencies.at(0, x).slope > 0.0);
    }
  }
}

TEST_CASE("latency: the value is the difference quotient of the integral") {
  constexpr double kWidth = 1e-5, kTolerance = 1e-7;
  for (const Named& example : examples()) {
    CAPTURE(example.name);
    const Latencies latencies = only(example.latency);
    CHECK(latencies.integral(0, 0.0) == 0.0);
    for (const double x : {0.2, 0.9, 1.7}) {
      const double value =
          (latencies.integral(0, x + kWidth) - latencies.integral(0, x - kWidth)) / (2.0 * kWidth);
      CHECK(latencies.value(0, x) == doctest::Approx(value).epsilon(kTolerance));
    }
  }
}

TEST_CASE("latency: the marginal cost is the slope of flow times cost") {
  for (const Named& example : examples()) {
    CAPTURE(example.name);
    const Latencies latencies = only(example.latency), marginal = latencies.marginal();
    for (const double x : {0.2, 0.9, 1.7}) {
      const Latencies::Point point = latencies.at(0, x);
      CHECK(marginal.value(0, x) == doctest::Approx(point.value + x * point.slope).epsilon(1e-14));
      // Its integral is total cost.
      CHECK(marginal.integral(0, x) == doctest::Approx(x * point.value).epsilon(1e-14));
    }
  }
}

TEST_CASE("latency: links that cost nothing, and functions without a slope") {
  CHECK(only(affine(0.0, 0.0)).value(0, 3.0) == 0.0);
  CHECK(only(bpr(0.0, 0.15, 100.0, 4.0)).at(0, 3.0).slope == 0.0);
  // Power 0: t0 (1 + b) at any flow, also where there is none.
  const Latencies flat = only(bpr(2.0, 0.5, 1.0, 0.0));
  CHECK(flat.value(0, 0.0) == 3.0);
  CHECK(flat.value(0, 7.0) == 3.0);
  CHECK(flat.at(0, 7.0).slope == 0.0);
  CHECK(flat.degree() == 0.0);
  // No capacity, but no congestion either.
  CHECK(only(bpr(2.0, 0.0, 0.0, 4.0)).value(0, 5.0) == 2.0);
}

TEST_CASE("latency: the bound on the price of anarchy is that of two links") {
  CHECK(price_of_anarchy_bound(0.0) == 1.0);
  CHECK(price_of_anarchy_bound(1.0) == doctest::Approx(4.0 / 3.0).epsilon(1e-14));
  // By hand: links 1 and x^d; the optimum puts x = (d + 1)^(-1 / d) on the second.
  for (const double d : {2.0, 3.0, 4.0, 6.9}) {
    const double x = std::pow(d + 1.0, -1.0 / d);
    CHECK(price_of_anarchy_bound(d) ==
          doctest::Approx(1.0 / (1.0 - x + std::pow(x, d + 1.0))).epsilon(1e-12));
  }
}
