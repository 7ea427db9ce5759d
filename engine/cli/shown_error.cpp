// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/cli/shown_error.hpp"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <optional>

#include "engine/text/utf8.hpp"

namespace gbid::cli {
namespace {

constexpr std::size_t kMostColumns = 200;  // of a line that is shown

struct Place {
  std::string file;
  std::size_t line = 0, column = 0;
};

/// "FILE:LINE:COLUMN: ..." at the beginning of a line.
std::optional<Place> place_of(std::string_view line) {
  for (std::size_t at = line.find(':'); at != std::string_view::npos; at = line.find(':', at + 1)) {
    Place place{std::string(line.substr(0, at)), 0, 0};
    const char* end = line.data() + line.size();
    const auto row = std::from_chars(line.data() + at + 1, end, place.line);
    if (row.ec != std::errc() || row.ptr == end || *row.ptr != ':') continue;
    const auto column = std::from_chars(row.ptr + 1, end, place.column);
    if (column.ec != std::errc() || column.ptr == end || *column.ptr != ':') continue;
    return place;
  }
  return std::nullopt;
}

/// The line of the file and a caret; empty if it cannot be read.
std::string excerpt(const Place& place, const Paint& paint) {
  std::ifstream file(place.file);
  std::string text;
  for (std::size_t k = 0; k < place.line; ++k)
    if (!std::getline(file, text)) return "";
  for (char& letter : text)
    if (letter == '\t') letter = ' ';
  text = printable(text);
  if (place.column == 0 || place.column > kMostColumns || text.size() > kMostColumns) return "";
  const std::string number = std::to_string(place.line);
  return fmt::format("  {} | {}\n  {} | {}{}\n", number, text, std::string(number.size(), ' '),
                     std::string(place.column - 1, ' '), paint(Tone::kRed, "^"));
}

}  // namespace

std::string shown_error(std::string_view message, const Paint& paint) {
  std::string text;
  bool is_first = true;
  while (!message.empty() || is_first) {
    const std::size_t end = std::min(message.find('\n'), message.size());
    const std::string line(message.substr(0, end));
    message.remove_prefix(std::min(end + 1, message.size()));
    const auto place = place_of(line);
    if (is_first && !place) text += paint(Tone::kRed, "gbid:") + " ";
    text += line + "\n";
    if (place) text += excerpt(*place, paint);
    is_first = false;
  }
  return text;
}

}  // namespace gbid::cli
