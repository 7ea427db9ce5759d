// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gbid {

/// Length in bytes of the well-formed UTF-8 character at the start of a text; 0 if there is none.
std::size_t utf8_character_length(std::string_view text);

/// The text with every control character (C0, C1, delete) and every malformed byte replaced by '?',
/// so that a name read from a file cannot steer a terminal.
std::string printable(std::string_view text);

/// How many characters a well-formed text has: its columns, but for wide and combining characters.
std::size_t character_count(std::string_view text);

/// At most `limit` characters (4 or more) of a well-formed text; a longer one ends in "...".
std::string clipped(std::string_view text, std::size_t limit);

}  // namespace gbid
