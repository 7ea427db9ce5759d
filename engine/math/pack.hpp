// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#if defined(__FMA__)
#include <immintrin.h>
#endif

#include "engine/core/padded_matrix.hpp"

namespace gbid {

/// Four doubles side by side (a GCC and Clang vector): the same operations in the same order on
/// every processor, for any width of its registers.
using Pack = double __attribute__((vector_size(32)));
/// The same in memory, where it may overlay plain doubles.
using PackInMemory [[gnu::may_alias]] = Pack;
using IntPack = std::int64_t __attribute__((vector_size(32)));
static_assert(sizeof(Pack) == kLanes * sizeof(double));

inline Pack broadcast(double x) { return Pack{x, x, x, x}; }
inline Pack load(const double* p) { return *reinterpret_cast<const PackInMemory*>(p); }
inline void store(double* p, Pack x) { *reinterpret_cast<PackInMemory*>(p) = x; }

/// a * b + c, rounded once where the processor has a fused instruction.
inline Pack multiply_add(Pack a, Pack b, Pack c) {
#if defined(__FMA__)
  return reinterpret_cast<Pack>(_mm256_fmadd_pd(
      reinterpret_cast<__m256d>(a), reinterpret_cast<__m256d>(b), reinterpret_cast<__m256d>(c)));
#else
  return a * b + c;
#endif
}

/// Sum over the lanes, always in the same order.
inline double sum(Pack x) { return (x[0] + x[2]) + (x[1] + x[3]); }

/// Dot product of two padded rows (length a multiple of kLanes).
inline double dot(const double* a, const double* b, Index padded_length) {
  Pack even{}, odd{};
  Index k = 0;
  for (; k + 2 * kLanes <= padded_length; k += 2 * kLanes) {
    even = multiply_add(load(a + k), load(b + k), even);
    odd = multiply_add(load(a + k + kLanes), load(b + k + kLanes), odd);
  }
  if (k < padded_length) even = multiply_add(load(a + k), load(b + k), even);
  return sum(even + odd);
}

/// Sum of a padded row.
inline double sum(const double* a, Index padded_length) {
  Pack total{};
  for (Index k = 0; k < padded_length; k += kLanes) total += load(a + k);
  return sum(total);
}

}  // namespace gbid
