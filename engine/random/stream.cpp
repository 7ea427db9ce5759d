// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/random/stream.hpp"

#include <Random123/philox.h>

#include <cmath>

#include "engine/math/vector_math.hpp"

namespace gbid {

std::uint64_t Stream::bits_at(std::uint64_t k) {
  const std::uint64_t block = k / 4;
  if (block != block_) {
    const std::uint64_t purpose = static_cast<std::uint64_t>(key_.purpose) | key_.regime << 16;
    const r123::Philox4x64::ctr_type counter = {{key_.trial, key_.agent, block, key_.step}};
    const r123::Philox4x64::key_type key = {{key_.seed, purpose}};
    const auto result = r123::Philox4x64{}(counter, key);
    values_ = {result[0], result[1], result[2], result[3]};
    block_ = block;
  }
  return values_[k % 4];
}

std::int64_t Stream::below_at(std::uint64_t k, std::int64_t count) {
  __extension__ using Product = unsigned __int128;
  return static_cast<std::int64_t>(static_cast<Product>(bits_at(k)) * static_cast<Product>(count) >>
                                   64);
}

double Stream::uniform() { return static_cast<double>(bits_at(next_++) >> 11) * 0x1.0p-53; }

double Stream::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  for (;;) {
    const double u = 2.0 * uniform() - 1.0;
    const double v = 2.0 * uniform() - 1.0;
    const double square = u * u + v * v;
    if (square >= 1.0 || square == 0.0) continue;
    const double scale = std::sqrt(-2.0 * log(broadcast(square))[0] / square);
    spare_ = v * scale;
    has_spare_ = true;
    return u * scale;
  }
}

}  // namespace gbid
