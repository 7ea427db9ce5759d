// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/routing/latency.hpp"

#include <algorithm>
#include <cmath>

namespace gbid::routing {
namespace {

// Above this, powers of whole numbers are no quicker by multiplication.
constexpr double kMostMultiplied = 16.0;

/// base^exponent for base >= 0, exponent >= 0; 0^0 is 1.
double power_of(double base, double exponent) {
  if (exponent > kMostMultiplied || exponent != std::floor(exponent))
    return std::pow(base, exponent);
  double result = 1.0;
  for (auto bits = static_cast<unsigned>(exponent); bits != 0; bits >>= 1) {
    if (bits & 1u) result *= base;
    base *= base;
  }
  return result;
}

}  // namespace

Latency affine(double a, double b) { return {b, {{a, 1.0, 1.0}}}; }

Latency polynomial(std::span<const double> c) {
  Latency latency;
  for (std::size_t k = 0; k < c.size(); ++k)
    latency.terms.push_back({c[k], 1.0, static_cast<double>(k)});
  return latency;
}

Latency bpr(double t0, double b, double capacity, double power) {
  if (t0 * b == 0.0) return {t0, {}};
  return {t0, {{t0 * b, capacity, power}}};
}

void Latencies::add(const Latency& latency) {
  double constant = latency.constant;
  for (const LatencyTerm& term : latency.terms) {
    if (term.power == 0.0) {
      constant += term.coefficient;
    } else if (term.coefficient > 0.0) {
      coefficient_.push_back(term.coefficient);
      inverse_scale_.push_back(1.0 / term.scale);
      power_.push_back(term.power);
    }
  }
  constant_.push_back(constant);
  first_.push_back(static_cast<Index>(coefficient_.size()));
}

Latencies::Point Latencies::at(Index link, double flow) const {
  const auto l = static_cast<std::size_t>(link);
  Point point{constant_[l], 0.0};
  for (auto k = static_cast<std::size_t>(first_[l]); k < static_cast<std::size_t>(first_[l + 1]);
       ++k) {
    const double ratio = flow * inverse_scale_[k];
    const double below = coefficient_[k] * power_of(ratio, power_[k] - 1.0);
    point.value += below * ratio;
    point.slope += below * power_[k] * inverse_scale_[k];
  }
  return point;
}

double Latencies::integral(Index link, double flow) const {
  const auto l = static_cast<std::size_t>(link);
  double sum = constant_[l] * flow;
  for (auto k = static_cast<std::size_t>(first_[l]); k < static_cast<std::size_t>(first_[l + 1]);
       ++k)
    sum +=
        coefficient_[k] * power_of(flow * inverse_scale_[k], power_[k]) * flow / (power_[k] + 1.0);
  return sum;
}

Latencies Latencies::marginal() const {
  Latencies marginal = *this;
  for (std::size_t k = 0; k < power_.size(); ++k) marginal.coefficient_[k] *= power_[k] + 1.0;
  return marginal;
}

double Latencies::degree() const {
  return power_.empty() ? 0.0 : *std::max_element(power_.begin(), power_.end());
}

double price_of_anarchy_bound(double degree) {
  if (degree == 0.0) return 1.0;
  return 1.0 / (1.0 - degree * std::pow(degree + 1.0, -(degree + 1.0) / degree));
}

}  // namespace gbid::routing
