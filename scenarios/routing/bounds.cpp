// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/routing/bounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/core/error.hpp"

namespace gbid::routing {
namespace {

// Sums over links and paths round by no more, as a share of the total.
constexpr double kExcessRounding = 1e-15;

double total(const Latencies& latencies, std::span<const double> flow) {
  double sum = 0.0;
  for (std::size_t a = 0; a < flow.size(); ++a)
    sum += flow[a] * latencies.value(static_cast<Index>(a), flow[a]);
  return sum;
}

/// sum_a t'_a(stretch x_a) x_a^2
double slopes(const Latencies& latencies, std::span<const double> flow, double stretch) {
  double sum = 0.0;
  for (std::size_t a = 0; a < flow.size(); ++a)
    if (flow[a] > 0.0)
      sum += latencies.at(static_cast<Index>(a), stretch * flow[a]).slope * flow[a] * flow[a];
  return sum;
}

double with_rounding(double excess, double total) {
  return std::max(excess, 0.0) + kExcessRounding * total;
}

}  // namespace

Bounds equilibrium_total(const Latencies& latencies, std::span<const double> flow,
                         double excess_cost) {
  const double reached = total(latencies, flow);
  const double slope = slopes(latencies, flow, 1.0);
  if (!(slope > 0.0)) return {reached, reached};
  const double excess = with_rounding(excess_cost, reached);
  const double m = std::sqrt(slope / (4.0 * excess));
  const double below = m * excess + slope / (4.0 * m);
  const double above = m * excess + slopes(latencies, flow, 1.0 + 1.0 / m) / (4.0 * m);
  return {std::max(0.0, reached - excess - below), reached + above};
}

Bounds optimal_total(const Latencies& latencies, std::span<const double> flow, double excess_cost) {
  const double reached = total(latencies, flow);
  return {std::max(0.0, reached - with_rounding(excess_cost, reached)), reached};
}

Bounds price_of_anarchy(const Bounds& equilibrium, const Bounds& optimum, double most) {
  const double low = equilibrium.low / optimum.high;
  const double high =
      optimum.low > 0.0 ? equilibrium.high / optimum.low : std::numeric_limits<double>::infinity();
  if (!(high >= 1.0 && low <= most * (1.0 + kExcessRounding)))
    throw Error(ExitCode::kInternal,
                fmt::format("internal error, please report: the price of anarchy lies between {} "
                            "and {}, and theory says between 1 and {}",
                            low, high, most));
  return {std::clamp(low, 1.0, most), std::min(high, most)};
}

}  // namespace gbid::routing
