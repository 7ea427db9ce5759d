// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>

namespace gbid::test {

/// Calls of malloc and its kin so far, in the whole process; -1 where they cannot be counted (under
/// sanitizers).
std::int64_t allocation_count();
/// Bytes set aside by them and not yet given back; -1 where they cannot be counted.
std::int64_t allocated_bytes();

}  // namespace gbid::test
