// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <vector>

#include "scenarios/auctions/distributions/type_grid.hpp"

namespace gbid::auctions {

/// The distribution of one bidder's values: an increasing quantile function on [0, 1].
class Prior {
 public:
  static Prior uniform(double low, double high);
  static Prior power(double low, double high, double exponent);
  static Prior gaussian(double low, double high, double mean, double deviation);
  /// The distribution function is linear between the sorted numbers, with equal mass in every step.
  /// @param values two or more, not all equal.
  static Prior given(std::vector<double> values);

  double low() const { return low_; }
  double high() const { return high_; }
  double quantile(double p) const;      ///< @param p in [0, 1]
  double distribution(double v) const;  ///< F(v), 0 below and 1 above
  double density(double v) const;       ///< F'(v)
  bool is_uniform() const { return kind_ == Kind::kPower && exponent_ == 1.0; }
  bool operator==(const Prior&) const = default;

  /// Whether some value has positive probability: a number that is given more than once.
  bool has_atoms() const;
  /// Whether the density is smooth between the lowest and the highest value.
  bool is_smooth() const { return kind_ != Kind::kGiven; }
  /// Values between which F is smooth, rising, from the lowest to the highest. At the lowest it may
  /// begin like a root.
  std::vector<double> knots() const;
  /// int_from^to (F(x) / F(to))^power dx, to 1e-12 of its value. @param power > 0.
  double integrated_ratio(double power, double from, double to) const;
  /// The same prior of values that are counted in a unit of that many.
  Prior in_unit(double unit) const;

  /// Nodes of equal probability: quantiles 0, 1 / (nodes - 1), ..., 1, with the weights of the
  /// trapezoidal rule. @param kink  a value between the lowest and the highest, where bid functions
  /// may jump: the node next to it is moved there.
  TypeGrid grid(Index nodes, double kink = 0.0) const;

 private:
  enum class Kind { kPower, kGaussian, kGiven };
  Kind kind_ = Kind::kPower;
  double low_ = 0.0, high_ = 1.0;
  double exponent_ = 1.0;
  double mean_ = 0.0, deviation_ = 1.0;
  std::vector<double> values_;  // rising
};

}  // namespace gbid::auctions
