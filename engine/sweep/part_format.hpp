// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
// The bytes of a part: what one process of a sweep has played. Little-endian; everything is a
// multiple of 8 bytes long, so that a mapped payload is aligned for its doubles.
//
//   PartHeader
//   any number of times: UnitHeader, trajectory, final values, message, zeros up to a multiple of 8
//
// A unit is valid if its magic, its own offset and both checksums fit. After one that is not, the
// next is looked for at the following multiples of 8.
#pragma once

#include <array>
#include <cstdint>

#include "engine/record/journal_format.hpp"

namespace gbid::part_format {

inline constexpr std::array<char, 8> kFileMagic = {'G', 'B', 'I', 'D', 'S', 'W', 'P', 'T'};
inline constexpr std::uint32_t kFormatVersion = 1;
inline constexpr std::uint32_t kUnitMagic = 0x55534247;  // "GBSU"

struct PartHeader {
  std::array<char, 8> magic = kFileMagic;
  std::uint32_t version = kFormatVersion;
  std::uint32_t reserved = 0;
  std::array<char, 64> fingerprint{};  ///< of the plan that it belongs to
  std::uint32_t reserved_too = 0;
  std::uint32_t header_crc = 0;  ///< of everything above
};
static_assert(sizeof(PartHeader) == 88);

struct UnitHeader {
  std::uint32_t magic = kUnitMagic;
  std::uint32_t status = 0;  ///< TrialStatus
  std::uint64_t offset = 0;  ///< of this header in the file
  std::uint64_t length = 0;  ///< of the payload
  std::int64_t point = 0;
  std::int64_t trial = 0;
  std::int64_t steps_done = 0;
  std::int64_t trajectory_values = 0;
  std::int64_t final_values = 0;
  double seconds = 0.0;
  double finished = 0.0;  ///< seconds since 1970
  std::uint32_t regime = 0;
  std::uint32_t message_length = 0;
  std::uint32_t payload_crc = 0;
  std::uint32_t header_crc = 0;  ///< of everything above
};
static_assert(sizeof(UnitHeader) == 96);

}  // namespace gbid::part_format
