// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstddef>
#include <string_view>

namespace gbid::config {

/// true, false, a decimal, 0x, 0o or 0b integer, a float, inf or nan, of at most 64 characters. Not
/// a date.
bool is_scalar_token(std::string_view token);

/// A letter that a key may have without quotes.
bool is_bare_key(char letter);

/// What TOML forbids in strings and comments: controls other than a tab.
bool is_control(char letter);

/// Length of the escape at the start of the text (which begins with a backslash), 0 if it is none.
/// @param in_lines  inside """, where a backslash also joins lines.
std::size_t escape_length(std::string_view text, bool in_lines);

/// Offset of the first byte that is not valid UTF-8; the size of the text if all are.
std::size_t first_invalid_utf8(std::string_view text);

}  // namespace gbid::config
