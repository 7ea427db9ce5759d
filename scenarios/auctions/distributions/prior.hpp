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

  /// Nodes of equal probability: quantiles 0, 1 / (nodes - 1), ..., 1, with the weights of the
  /// trapezoidal rule.
  TypeGrid grid(Index nodes) const;

 private:
  enum class Kind { kPower, kGaussian, kGiven };
  Kind kind_ = Kind::kPower;
  double low_ = 0.0, high_ = 1.0;
  double exponent_ = 1.0;
  double mean_ = 0.0, deviation_ = 1.0;
  std::vector<double> values_;  // rising
};

}  // namespace gbid::auctions
