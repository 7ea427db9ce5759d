// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <string_view>

namespace gbid {

/// SHA-256 of a text, as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view text);

}  // namespace gbid
