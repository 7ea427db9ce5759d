// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gbid {

/// One column of a table for the terminal: a heading and a cell per row.
struct TextColumn {
  std::string heading;
  bool is_number = false;  ///< right-aligned
  std::vector<std::string> cells;
};

/// Columns side by side, two spaces between them and before the first; columns of nothing but empty
/// cells are left out. Ends in a line feed.
std::string text_table(const std::vector<TextColumn>& columns);

/// Breaks a text between words into lines of at most `width` columns: the first begins with `lead`,
/// the others with as many spaces. Ends in a line feed.
std::string wrapped(std::string_view text, std::string_view lead, std::size_t width);

/// Four significant digits, trailing zeros kept ("-0.2500"); "" for NaN.
std::string four_digits(double number);

/// "[-0.2502, -0.2301]"; "" where an end is NaN.
std::string bracketed(double low, double high);

}  // namespace gbid
