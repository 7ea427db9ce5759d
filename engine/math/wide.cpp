// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/math/wide.hpp"

#include <array>

namespace gbid {
namespace {

/// Transposes the left four columns among themselves, and the right four.
void transpose_halves(std::array<Wide, 4>& x) {
#if defined(__AVX512F__)
  const Wide a = __builtin_shufflevector(x[0], x[1], 0, 8, 2, 10, 4, 12, 6, 14);
  const Wide b = __builtin_shufflevector(x[0], x[1], 1, 9, 3, 11, 5, 13, 7, 15);
  const Wide c = __builtin_shufflevector(x[2], x[3], 0, 8, 2, 10, 4, 12, 6, 14);
  const Wide d = __builtin_shufflevector(x[2], x[3], 1, 9, 3, 11, 5, 13, 7, 15);
  x[0] = __builtin_shufflevector(a, c, 0, 1, 8, 9, 4, 5, 12, 13);
  x[1] = __builtin_shufflevector(b, d, 0, 1, 8, 9, 4, 5, 12, 13);
  x[2] = __builtin_shufflevector(a, c, 2, 3, 10, 11, 6, 7, 14, 15);
  x[3] = __builtin_shufflevector(b, d, 2, 3, 10, 11, 6, 7, 14, 15);
#else
  const auto four = [](std::array<Pack, 4> y) {
    const Pack a = __builtin_shufflevector(y[0], y[1], 0, 4, 2, 6);
    const Pack b = __builtin_shufflevector(y[0], y[1], 1, 5, 3, 7);
    const Pack c = __builtin_shufflevector(y[2], y[3], 0, 4, 2, 6);
    const Pack d = __builtin_shufflevector(y[2], y[3], 1, 5, 3, 7);
    return std::array<Pack, 4>{
        __builtin_shufflevector(a, c, 0, 1, 4, 5), __builtin_shufflevector(b, d, 0, 1, 4, 5),
        __builtin_shufflevector(a, c, 2, 3, 6, 7), __builtin_shufflevector(b, d, 2, 3, 6, 7)};
  };
  std::array<Pack, 4> low, high;
  for (std::size_t k = 0; k < 4; ++k) {
    low[k] = detail::halves(x[k]).low;
    high[k] = detail::halves(x[k]).high;
  }
  low = four(low);
  high = four(high);
  for (std::size_t k = 0; k < 4; ++k) x[k] = detail::join(low[k], high[k]);
#endif
}

}  // namespace

void to_lanes(const double* const* rows, Index count, WideInMemory* out) {
  for (Index j = 0; j < count; j += kLanes) {
    std::array<Wide, 4> x;
    for (std::size_t r = 0; r < 4; ++r)
      x[r] = detail::join(load(rows[r] + j), load(rows[r + 4] + j));
    transpose_halves(x);
    for (Index k = 0; k < kLanes && j + k < count; ++k) out[j + k] = x[static_cast<std::size_t>(k)];
  }
}

void from_lanes(const WideInMemory* in, Index count, double* const* rows) {
  for (Index j = 0; j < count; j += kLanes) {
    std::array<Wide, 4> x{};
    for (Index k = 0; k < kLanes && j + k < count; ++k) x[static_cast<std::size_t>(k)] = in[j + k];
    transpose_halves(x);
    for (std::size_t r = 0; r < 4; ++r) {
      store(rows[r] + j, detail::halves(x[r]).low);
      store(rows[r + 4] + j, detail::halves(x[r]).high);
    }
  }
}

}  // namespace gbid
