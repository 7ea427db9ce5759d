// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gbid {

/// Length in bytes of the well-formed UTF-8 character at the start of a text; 0 if there is none.
std::size_t utf8_character_length(std::string_view text);

/// Whether a text is a name: letters of any alphabet, digits and _, not beginning with a digit.
/// Accented letters are one character each (as netCDF stores them), not a letter and a mark.
bool is_name(std::string_view text);

/// The text with every control character (C0, C1, delete) and every malformed byte replaced by '?',
/// so that a name read from a file cannot steer a terminal.
std::string printable(std::string_view text);

/// A word of the user's as messages show it: in quotes, printable, at most 40 characters of it.
std::string quoted_word(std::string_view word);

/// How many characters a well-formed text has: its columns, but for wide and combining characters.
std::size_t character_count(std::string_view text);

/// At most `limit` characters (4 or more) of a well-formed text; a longer one ends in "...".
std::string clipped(std::string_view text, std::size_t limit);

}  // namespace gbid
