// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/core/crc32c.hpp"

#include <boost/crc.hpp>
#include <cstring>
#ifdef __SSE4_2__
#include <nmmintrin.h>
#endif

namespace gbid {

std::uint32_t crc32c_by_table(std::span<const std::byte> bytes) noexcept {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

#ifdef __SSE4_2__
std::uint32_t crc32c(std::span<const std::byte> bytes) noexcept {
  std::uint64_t crc = 0xFFFFFFFF;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= sizeof(std::uint64_t); left -= sizeof(std::uint64_t)) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    crc = _mm_crc32_u64(crc, word);
    at += sizeof word;
  }
  auto tail = static_cast<std::uint32_t>(crc);
  for (; left > 0; --left) tail = _mm_crc32_u8(tail, std::to_integer<unsigned char>(*at++));
  return ~tail;
}
#else
std::uint32_t crc32c(std::span<const std::byte> bytes) noexcept { return crc32c_by_table(bytes); }
#endif

}  // namespace gbid
