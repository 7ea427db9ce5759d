// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
// The journal's bytes. Little-endian; everything is a multiple of 8 bytes long, so that a mapped
// payload is aligned for its doubles.
//
//   FileHeader, layout as TOML, scenario as it was resolved, zeros up to a multiple of 8
//   RecordHeader, payload        any number of times, in no particular order
//
// A record is valid if its magic, its own offset and both checksums fit. After one that is not, the
// next is looked for at the following multiples of 8.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/core/crc32c.hpp"

namespace gbid::journal_format {

static_assert(std::endian::native == std::endian::little,
              "the journal is written as it lies in memory");

inline constexpr std::array<char, 8> kFileMagic = {'G', 'B', 'I', 'D', 'J', 'R', 'N', 'L'};
inline constexpr std::uint32_t kFormatVersion = 2;         // 2: trials may be reopened
inline constexpr std::uint32_t kRecordMagic = 0x44524247;  // "GBRD"
inline constexpr std::size_t kAlignment = 8;

/// kReopened: a trial goes on, the final values and the outcome that it had count no more.
enum class RecordType : std::uint32_t { kTrajectory = 1, kFinal = 2, kOutcome = 3, kReopened = 4 };

struct FileHeader {
  std::array<char, 8> magic = kFileMagic;
  std::uint32_t version = kFormatVersion;
  std::uint32_t body_crc = 0;  ///< of layout, scenario and padding
  std::uint64_t layout_length = 0;
  std::uint64_t scenario_length = 0;
  std::uint64_t seed = 0;
  std::array<char, 64> scenario_sha256{};
  std::uint32_t reserved = 0;
  std::uint32_t header_crc = 0;  ///< of everything above
};
static_assert(sizeof(FileHeader) == 112);

struct RecordHeader {
  std::uint32_t magic = kRecordMagic;
  RecordType type = RecordType::kTrajectory;
  std::uint64_t offset =
      0;  ///< of this header in the file: an old block in a new place is not a record
  std::uint64_t length = 0;  ///< of the payload
  std::int64_t trial = 0;
  std::int64_t first_record = 0;
  std::int64_t record_count = 0;
  std::uint32_t regime = 0;
  std::uint32_t reserved = 0;
  std::uint32_t payload_crc = 0;
  std::uint32_t header_crc = 0;  ///< of everything above
};
static_assert(sizeof(RecordHeader) == 64);

/// Payload of an outcome; the message follows, then zeros up to a multiple of 8.
struct OutcomeHeader {
  std::int64_t steps_done = 0;
  std::uint32_t status = 0;
  std::uint32_t message_length = 0;
};
static_assert(sizeof(OutcomeHeader) == 16);

constexpr std::uint64_t padded(std::uint64_t length) {
  return (length + kAlignment - 1) / kAlignment * kAlignment;
}

template <class T>
std::span<const std::byte> bytes_of(const T& object) {
  return std::as_bytes(std::span(&object, 1));
}

/// Checksum of a header: all its bytes before the checksum itself, which comes last.
template <class Header>
std::uint32_t checksum(const Header& header) {
  return crc32c(bytes_of(header).first(sizeof(Header) - sizeof(std::uint32_t)));
}

}  // namespace gbid::journal_format
