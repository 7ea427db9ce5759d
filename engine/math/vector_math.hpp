// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Elementary functions on several doubles at once, free of branches. The standard library's versions
// cost 5 to 13 ns a value and may differ between processors of one family; these cost about 1 ns
// and do not. Each is within 3 units in the last place of the true value
// (tests/engine/test_vector_math.cpp measures it).
#pragma once

#include <cstring>
#include <limits>

#include "engine/math/wide.hpp"

namespace gbid {

namespace detail {
inline IntPack bits(Pack x) { return reinterpret_cast<IntPack>(x); }
inline Pack from_bits(IntPack x) { return reinterpret_cast<Pack>(x); }
/// The same number everywhere.
template <class Vector>
Vector all(double x) {
  return Vector{} + x;
}
// Adding and subtracting 1.5 * 2^52 rounds to the nearest integer and leaves that integer in the
// low bits.
inline constexpr double kRounder = 6755399441055744.0;

/// The algorithms, for vectors of doubles of any length that the processor has registers of.
template <class Vector>
[[gnu::always_inline]] inline Vector exp_of(Vector x) {
  using Integers = decltype(Vector{} < Vector{});
  constexpr double kLog2E = 1.4426950408889634074;
  constexpr double kLn2High = 6.93147180369123816490e-01;  // 33 bits: k * kLn2High is exact
  constexpr double kLn2Low = 1.90821492927058770002e-10;
  const Vector lowest = all<Vector>(-708.0), highest = all<Vector>(709.0);
  Vector y = x < lowest ? lowest : x;
  y = y > highest ? highest : y;
  const Vector shifted = y * kLog2E + kRounder;
  const Vector k = shifted - kRounder;
  Vector r = y - k * kLn2High;
  r = r - k * kLn2Low;
  // Taylor's series to r^13: |r| <= ln(2)/2 leaves 4e-18.
  Vector p = all<Vector>(1.0 / 6227020800.0);
  for (const double c :
       {1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0, 1.0 / 362880.0, 1.0 / 40320.0,
        1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5})
    p = multiply_add(p, r, all<Vector>(c));
  const Vector mantissa = 1.0 + (r + r * r * p);
  const Integers exponent = (reinterpret_cast<Integers>(shifted) -
                             reinterpret_cast<Integers>(all<Vector>(kRounder)) + 1023)
                            << 52;
  Vector result = mantissa * reinterpret_cast<Vector>(exponent);
  result = x < lowest ? all<Vector>(0.0) : result;
  return x > highest ? all<Vector>(std::numeric_limits<double>::infinity()) : result;
}

template <class Vector>
[[gnu::always_inline]] inline Vector log_of(Vector x) {
  using Integers = decltype(Vector{} < Vector{});
  constexpr double kLn2High = 6.93147180369123816490e-01;
  constexpr double kLn2Low = 1.90821492927058770002e-10;
  const Integers subnormal = x < all<Vector>(std::numeric_limits<double>::min());
  const Vector scaled = subnormal ? x * 18014398509481984.0 : x;  // 2^54
  // The mantissa is taken in [sqrt(1/2), sqrt(2)).
  constexpr std::int64_t kSqrtHalfBits = 0x3fe6a09e667f3bcd;
  const Integers above = reinterpret_cast<Integers>(scaled) - kSqrtHalfBits;
  const Integers exponent = above >> 52;
  const Vector m = reinterpret_cast<Vector>(reinterpret_cast<Integers>(scaled) - (exponent << 52));
  const Vector k = __builtin_convertvector(exponent, Vector) -
                   (subnormal ? all<Vector>(54.0) : all<Vector>(0.0));
  const Vector f = m - 1.0;
  const Vector s = f / (2.0 + f);
  const Vector z = s * s;
  Vector p = all<Vector>(1.479819860511658591e-01);
  for (const double c :
       {1.531383769920937332e-01, 1.818357216161805012e-01, 2.222219843214978396e-01,
        2.857142874366239149e-01, 3.999999999940941908e-01, 6.666666666666735130e-01})
    p = multiply_add(p, z, all<Vector>(c));
  const Vector half_square = 0.5 * f * f;
  const Vector tail = s * (half_square + z * p) + k * kLn2Low;
  Vector result = k * kLn2High - ((half_square - tail) - f);
  result = x == all<Vector>(std::numeric_limits<double>::infinity()) ? x : result;
  result = x == all<Vector>(0.0) ? all<Vector>(-std::numeric_limits<double>::infinity()) : result;
  return x >= all<Vector>(0.0) ? result : all<Vector>(std::numeric_limits<double>::quiet_NaN());
}
}  // namespace detail

/// e^x. Below -708 the result is 0, above 709 it is infinite; undefined stays undefined.
inline Pack exp(Pack x) { return detail::exp_of(x); }

/// Natural logarithm. log(0) = -infinity, negative and undefined arguments give NaN.
/// The series in s = (m - 1)/(m + 1) uses the minimax coefficients of fdlibm's e_log.c (Sun
/// Microsystems, 1993).
inline Pack log(Pack x) { return detail::log_of(x); }

/// 1 / (1 + e^-x).
inline Pack sigmoid(Pack x) { return 1.0 / (1.0 + exp(-x)); }

/// The same of eight.
[[gnu::always_inline]] inline Wide exp(Wide x) {
#if defined(__AVX512F__)
  return detail::exp_of(x);
#else
  const detail::Halves part = detail::halves(x);
  return detail::join(exp(part.low), exp(part.high));
#endif
}

[[gnu::always_inline]] inline Wide log(Wide x) {
#if defined(__AVX512F__)
  return detail::log_of(x);
#else
  const detail::Halves part = detail::halves(x);
  return detail::join(log(part.low), log(part.high));
#endif
}

[[gnu::always_inline]] inline Wide sigmoid(Wide x) { return 1.0 / (1.0 + exp(-x)); }

/// Hyperbolic tangent. Near zero the rational approximation of Cephes (Moshier, 1989), elsewhere by
/// exp.
inline Pack tanh(Pack x) {
  const Pack magnitude = detail::from_bits(detail::bits(x) & 0x7fffffffffffffff);
  const Pack z = x * x;
  Pack top = broadcast(-9.64399179425052238628e-1);
  top = multiply_add(top, z, broadcast(-9.92877231001918586564e1));
  top = multiply_add(top, z, broadcast(-1.61468768441708447952e3));
  Pack bottom = z + 1.12811678491632931402e2;
  bottom = multiply_add(bottom, z, broadcast(2.23548839060100448583e3));
  bottom = multiply_add(bottom, z, broadcast(4.84406305325125486048e3));
  const Pack near_zero = x + x * z * (top / bottom);
  const Pack far = 1.0 - 2.0 / (exp(2.0 * magnitude) + 1.0);
  const Pack signed_far = x < broadcast(0.0) ? -far : far;
  return magnitude < broadcast(0.625) ? near_zero : signed_far;
}

}  // namespace gbid
