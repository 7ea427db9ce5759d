// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gbid {

/// CRC-32C (Castagnoli polynomial 0x1EDC6F41, reflected), as used by iSCSI and ext4.
/// By the processor's own instruction where the library is compiled for SSE 4.2.
std::uint32_t crc32c(std::span<const std::byte> bytes) noexcept;

/// The same number by table lookup: the slow reference, and the only path on other processors.
std::uint32_t crc32c_by_table(std::span<const std::byte> bytes) noexcept;

}  // namespace gbid
