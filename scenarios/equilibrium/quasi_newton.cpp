// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/equilibrium/quasi_newton.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace gbid {
namespace {

// Armijo's and Wolfe's shares of the slope, as Lewis and Overton take them.
constexpr double kRise = 1e-4, kFall = 0.5;
constexpr int kTrials = 40;
// An ascent ends when this many steps in a row gain too little.
constexpr int kIdleSteps = 5;

double inner(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// The inverse metric: (size x size), symmetric.
class Metric {
 public:
  explicit Metric(std::size_t size) : size_(size), values_(size * size), image_(size) {}

  void reset(double scale) {
    std::fill(values_.begin(), values_.end(), 0.0);
    for (std::size_t j = 0; j < size_; ++j) values_[j * size_ + j] = scale;
  }
  void apply(std::span<const double> vector, std::span<double> out) const {
    for (std::size_t j = 0; j < size_; ++j) out[j] = inner(row(j), vector);
  }
  /// H += (1 + y'Hy / s'y) ss' / s'y - (Hy s' + s y'H) / s'y.
  void update(std::span<const double> step, std::span<const double> change) {
    const double curvature = inner(step, change);
    if (!(curvature > 0.0)) return;
    apply(change, image_);
    const double scale = (1.0 + inner(change, image_) / curvature) / curvature;
    for (std::size_t j = 0; j < size_; ++j) {
      const double along = scale * step[j] - image_[j] / curvature, back = step[j] / curvature;
      double* const out = values_.data() + j * size_;
      for (std::size_t k = 0; k < size_; ++k) out[k] += along * step[k] - back * image_[k];
    }
  }

 private:
  std::span<const double> row(std::size_t j) const {
    return std::span(values_).subspan(j * size_, size_);
  }
  std::size_t size_;
  std::vector<double> values_, image_;
};

}  // namespace

double ascend(const Ascended& function, std::vector<double>& point, double value,
              const AscentConfig& config) {
  const std::size_t size = point.size();
  std::vector<double> gradient(size), direction(size), there(size), gradient_there(size),
      step(size), change(size);
  Metric metric(size);
  bool is_fresh = true;
  double value_at_reset = -std::numeric_limits<double>::infinity();
  int idle = 0;
  if (!function.gradient(point, gradient)) return value;
  for (Index iteration = 0; iteration < config.iterations && idle < kIdleSteps; ++iteration) {
    const double steepness = std::sqrt(inner(gradient, gradient));
    if (!(steepness > 0.0) || !std::isfinite(steepness)) break;
    if (is_fresh) {
      metric.reset(config.first_step / steepness);
      value_at_reset = value;
    }
    metric.apply(gradient, direction);
    const double slope = inner(direction, gradient);
    if (!(slope > 0.0)) {
      if (is_fresh || !(value > value_at_reset + config.least_rise)) break;
      is_fresh = true;
      continue;
    }
    // A bracket of steps: too short, and too long.
    double low = 0.0, high = std::numeric_limits<double>::infinity(), length = 1.0;
    double best = value, reached = value;
    std::vector<double> best_point;
    bool is_found = false;
    for (int trial = 0; trial < kTrials && !is_found; ++trial) {
      for (std::size_t j = 0; j < size; ++j) there[j] = point[j] + length * direction[j];
      reached = function.value(there);
      if (!(reached >= value + kRise * length * slope)) {
        high = length;
      } else {
        if (reached > best) best = reached, best_point = there;
        if (!function.gradient(there, gradient_there)) {
          high = length;
        } else if (inner(gradient_there, direction) > kFall * slope) {
          low = length;
        } else {
          is_found = true;
        }
      }
      if (!is_found) length = std::isfinite(high) ? 0.5 * (low + high) : 2.0 * length;
      if (std::isfinite(high) && high - low < 1e-14 * high) break;
    }
    if (!is_found) {
      if (!best_point.empty()) {  // higher, but with no gradient that says more
        point = best_point;
        value = best;
        function.value(point);
        if (!function.gradient(point, gradient)) break;
      }
      if (is_fresh || !(value > value_at_reset + config.least_rise)) break;
      is_fresh = true;
      continue;
    }
    for (std::size_t j = 0; j < size; ++j) {
      step[j] = there[j] - point[j];
      change[j] = gradient[j] - gradient_there[j];
    }
    if (is_fresh) {
      const double curvature = inner(step, change), squared = inner(change, change);
      if (curvature > 0.0 && squared > 0.0) metric.reset(curvature / squared);
      is_fresh = false;
    }
    metric.update(step, change);
    idle = reached - value <= config.least_rise ? idle + 1 : 0;
    point = there;
    value = reached;
    gradient = gradient_there;
  }
  return value;
}

}  // namespace gbid
