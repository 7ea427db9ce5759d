// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/text/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "engine/text/utf8.hpp"

namespace gbid {
namespace {

std::string padded(std::string_view cell, std::size_t width, bool is_right) {
  const std::string space(width - std::min(width, character_count(cell)), ' ');
  return is_right ? space + std::string(cell) : std::string(cell) + space;
}

std::size_t width_of(const TextColumn& column) {
  std::size_t width = character_count(column.heading);
  for (const std::string& cell : column.cells) width = std::max(width, character_count(cell));
  return width;
}

}  // namespace

std::string text_table(const std::vector<TextColumn>& columns) {
  std::vector<const TextColumn*> shown;
  std::size_t rows = 0;
  for (const TextColumn& column : columns) {
    const bool is_empty = std::all_of(column.cells.begin(), column.cells.end(),
                                      [](const std::string& cell) { return cell.empty(); });
    if (!is_empty) shown.push_back(&column);
    rows = std::max(rows, column.cells.size());
  }
  std::string text;
  for (std::size_t line = 0; line <= rows; ++line) {
    std::string row;
    for (const TextColumn* column : shown) {
      const std::string& cell = line == 0 ? column->heading : column->cells[line - 1];
      row += "  ";
      row += padded(cell, width_of(*column), column->is_number);
    }
    row.erase(row.find_last_not_of(' ') + 1);
    text += row + '\n';
  }
  return text;
}

std::string wrapped(std::string_view text, std::string_view lead, std::size_t width) {
  std::string result;
  std::string line(lead);
  bool is_line_empty = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!is_line_empty && character_count(line) + 1 + character_count(word) > width) {
      result += line + '\n';
      line = std::string(character_count(lead), ' ');
      is_line_empty = true;
    }
    if (!is_line_empty) line += ' ';
    line += word;
    is_line_empty = false;
  }
  return result + line + '\n';
}

std::string four_digits(double number) {
  if (std::isnan(number)) return "";
  std::array<char, 32> buffer;  // "-1.234e-308" and its end fit
  std::snprintf(buffer.data(), buffer.size(), "%#.4g", number);
  std::string text = buffer.data();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string bracketed(double low, double high) {
  if (std::isnan(low) || std::isnan(high)) return "";
  return fmt::format("[{}, {}]", four_digits(low), four_digits(high));
}

}  // namespace gbid
