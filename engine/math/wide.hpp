// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cmath>
#include <cstdint>
#if defined(__FMA__)
#include <immintrin.h>
#endif

#include "engine/math/pack.hpp"

namespace gbid {

/// Eight doubles side by side, one of each of eight trials: what `Pack` is within a row. An
/// operation gives every lane the bits that a Pack, or a single double, would give it, on every
/// processor.
using Wide = double __attribute__((vector_size(64)));
using WideInMemory [[gnu::may_alias]] = Wide;
using WideIntegers = std::int64_t __attribute__((vector_size(64)));
using WideIntegersInMemory [[gnu::may_alias]] = WideIntegers;

/// Trials that a Wide has room for.
inline constexpr Index kWideLanes = 8;
static_assert(sizeof(Wide) == kWideLanes * sizeof(double));

namespace detail {
/// What a processor without registers of 64 bytes computes in two halves.
struct Halves {
  Pack low, high;
};
inline Halves halves(Wide x) {
  return {__builtin_shufflevector(x, x, 0, 1, 2, 3), __builtin_shufflevector(x, x, 4, 5, 6, 7)};
}
inline Wide join(Pack low, Pack high) {
  return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7);
}
inline WideIntegers join(IntPack low, IntPack high) {
  return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7);
}
}  // namespace detail

inline Wide wide(double x) { return Wide{x, x, x, x, x, x, x, x}; }

/// a * b + c, rounded as that of Packs.
inline Wide multiply_add(Wide a, Wide b, Wide c) {
#if defined(__AVX512F__)
  return reinterpret_cast<Wide>(_mm512_fmadd_pd(
      reinterpret_cast<__m512d>(a), reinterpret_cast<__m512d>(b), reinterpret_cast<__m512d>(c)));
#else
  const detail::Halves x = detail::halves(a), y = detail::halves(b), z = detail::halves(c);
  return detail::join(multiply_add(x.low, y.low, z.low), multiply_add(x.high, y.high, z.high));
#endif
}

/// All bits one where a > b, zero elsewhere and where either is undefined.
inline WideIntegers greater(Wide a, Wide b) {
#if defined(__AVX512F__)
  return a > b;
#else
  const detail::Halves x = detail::halves(a), y = detail::halves(b);
  return detail::join(IntPack(x.low > y.low), IntPack(x.high > y.high));
#endif
}

/// yes where the condition's bits are one, no elsewhere.
inline Wide choose(WideIntegers condition, Wide yes, Wide no) {
#if defined(__AVX512F__)
  return condition ? yes : no;
#else
  return reinterpret_cast<Wide>((condition & reinterpret_cast<WideIntegers>(yes)) |
                                (~condition & reinterpret_cast<WideIntegers>(no)));
#endif
}

inline Wide sqrt(Wide x) {
#if defined(__AVX512F__)
  return reinterpret_cast<Wide>(_mm512_sqrt_pd(reinterpret_cast<__m512d>(x)));
#else
  Wide out;
  for (Index lane = 0; lane < kWideLanes; ++lane) out[lane] = std::sqrt(x[lane]);
  return out;
#endif
}

/// The values at base[at[lane]].
inline Wide gather(const double* base, WideIntegers at) {
#if defined(__AVX512F__)
  return reinterpret_cast<Wide>(_mm512_i64gather_pd(reinterpret_cast<__m512i>(at), base, 8));
#else
  Wide out;
  for (Index lane = 0; lane < kWideLanes; ++lane) out[lane] = base[at[lane]];
  return out;
#endif
}

/// The inverse of gather; no two lanes have the same place.
inline void scatter(double* base, WideIntegers at, Wide x) {
#if defined(__AVX512F__)
  _mm512_i64scatter_pd(base, reinterpret_cast<__m512i>(at), reinterpret_cast<__m512d>(x), 8);
#else
  for (Index lane = 0; lane < kWideLanes; ++lane) base[at[lane]] = x[lane];
#endif
}

/// A block of Wides on a cache-line boundary, zero at the start.
class WideBuffer {
 public:
  explicit WideBuffer(Index count = 0) : values_(count * kWideLanes) {}
  WideInMemory* data() { return reinterpret_cast<WideInMemory*>(values_.data()); }
  const WideInMemory* data() const { return reinterpret_cast<const WideInMemory*>(values_.data()); }
  WideInMemory& operator[](Index k) { return data()[k]; }
  const WideInMemory& operator[](Index k) const { return data()[k]; }
  /// One lane's value of an entry.
  double& at(Index entry, Index lane) { return values_[entry * kWideLanes + lane]; }
  double at(Index entry, Index lane) const { return values_[entry * kWideLanes + lane]; }

 private:
  Buffer<double> values_;
};

}  // namespace gbid
