// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <boost/math/quadrature/gauss.hpp>

namespace gbid::auctions {

/// int_a^b of a function that is smooth inside of (a, b) and may begin like a root at a: x = a +
/// (b - a) t^4 makes (x - a)^k as smooth as t^(4 k), and 20 points of Gauss and Legendre do the
/// rest. To 1e-12 of the highest value for k >= 1/4.
template <class Function>
double integral_from_root(double a, double b, const Function& function) {
  return boost::math::quadrature::gauss<double, 20>::integrate(
      [&](double t) { return function(a + (b - a) * t * t * t * t) * 4.0 * t * t * t * (b - a); },
      0.0, 1.0);
}

}  // namespace gbid::auctions
