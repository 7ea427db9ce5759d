// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>
#include <vector>

#include "engine/core/padded_matrix.hpp"

namespace gbid::routing {

/// coefficient (x / scale)^power; coefficient >= 0, scale > 0, power 0 or at least 1.
struct LatencyTerm {
  double coefficient = 0.0, scale = 1.0, power = 1.0;
};

/// The cost of a link to every traveller on it: t(x) = constant + sum of terms, x >= 0 the flow on it.
struct Latency {
  double constant = 0.0;
  std::vector<LatencyTerm> terms = {};
};

/// a x + b
Latency affine(double a, double b);
/// sum_k c_k x^k
Latency polynomial(std::span<const double> c);
/// t0 (1 + b (x / capacity)^power), of the Bureau of Public Roads. The capacity may be 0 if b is.
Latency bpr(double t0, double b, double capacity, double power);

/// The latencies of all links of a network, in one block. Immutable; equal arguments give equal
/// bits, whichever function computes them.
class Latencies {
 public:
  struct Point {
    double value = 0.0;  ///< t(x)
    double slope = 0.0;  ///< dt / dx, >= 0
  };

  void add(const Latency& latency);
  Index count() const { return static_cast<Index>(constant_.size()); }

  Point at(Index link, double flow) const;
  double value(Index link, double flow) const { return at(link, flow).value; }
  /// int_0^flow t(x) dx
  double integral(Index link, double flow) const;

  /// The marginal cost to all travellers on a link: t(x) + x t'(x), which is of the same form.
  Latencies marginal() const;
  /// The largest power with a positive coefficient; 0 if all links are constant.
  double degree() const;

 private:
  std::vector<double> constant_;
  std::vector<Index> first_{0};  // (links + 1), of the terms
  std::vector<double> coefficient_, inverse_scale_, power_;
};

/// The largest cost of selfish routing divided by the cost of the best routing, on any network whose
/// latencies are polynomials of at most this degree with coefficients >= 0:
///
///   1 / (1 - d (d + 1)^(-(d + 1) / d)),  1 at d = 0, 4/3 at d = 1
///
/// Source: Roughgarden, "The price of anarchy is independent of the network topology", 2003.
double price_of_anarchy_bound(double degree);

}  // namespace gbid::routing
