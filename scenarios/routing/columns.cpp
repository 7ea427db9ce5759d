// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/routing/columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "engine/core/error.hpp"
#include "engine/text/utf8.hpp"

namespace gbid::routing {
namespace {

/// A name without units, blanks and marks, in lower case: "freeflowtime" of "Free Flow Time (min)".
std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : name.substr(0, name.find('(')))
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return plain;
}

std::optional<Column> column_of(std::string_view name) {
  using enum Column;
  static const std::vector<std::pair<Column, std::vector<std::string>>> kNames{
      {kFrom, {"initnode", "init", "fromnode", "from", "tailnode", "tail"}},
      {kTo, {"termnode", "term", "tonode", "to", "headnode", "head"}},
      {kCapacity, {"capacity", "cap"}},
      {kLength, {"length", "len"}},
      {kTime, {"freeflowtime", "fftime", "ftime", "fftt", "fft"}},
      {kB, {"b"}},
      {kPower, {"power", "pow"}},
      {kSpeed, {"speed", "speedlimit"}},
      {kToll, {"toll"}},
      {kType, {"linktype", "type"}}};
  const std::string plain = plain_name(name);
  for (const auto& [column, names] : kNames)
    if (std::find(names.begin(), names.end(), plain) != names.end()) return column;
  return std::nullopt;
}

std::vector<std::string> split(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (separators.find(c) != std::string_view::npos)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  std::erase_if(parts, [](const std::string& part) { return plain_name(part).empty(); });
  return parts;
}

/// Words that make a known name together are one: "Free", "Flow", "Time".
std::vector<std::string> joined(const std::vector<std::string>& words) {
  constexpr std::size_t kMostWords = 3;
  std::vector<std::string> names;
  for (std::size_t k = 0; k < words.size();) {
    std::size_t count = std::min(kMostWords, words.size() - k);
    std::string name;
    for (; count > 0; --count) {
      name.clear();
      for (std::size_t i = k; i < k + count; ++i) name += words[i];
      if (count == 1 || column_of(name)) break;
    }
    names.push_back(name);
    k += count;
  }
  return names;
}

std::vector<std::string> names_of(std::string_view header) {
  const std::string_view text = header.substr(0, header.find(';'));
  const std::vector<std::string> cells = split(text, "\t");
  return cells.size() > 1 ? cells : joined(split(text, " "));
}

}  // namespace

Columns::Columns() { std::iota(places_.begin(), places_.end(), 0); }

Columns::Columns(std::string_view header) {
  places_.fill(-1);
  const std::vector<std::string> names = names_of(header);
  for (std::size_t k = 0; k < names.size(); ++k) {
    const std::optional<Column> column = column_of(names[k]);
    if (!column) continue;
    if (has(*column))
      throw DataError(
          fmt::format("expected every column once, got {} again", quoted_word(names[k])));
    places_[static_cast<std::size_t>(*column)] = static_cast<int>(k);
  }
  using enum Column;
  for (const auto& [column, name] : {std::pair{kFrom, "init_node"},
                                     {kTo, "term_node"},
                                     {kCapacity, "capacity"},
                                     {kTime, "free_flow_time"},
                                     {kB, "b"},
                                     {kPower, "power"}})
    if (!has(column)) throw DataError(fmt::format("expected a column named {}, got none", name));
}

bool Columns::is_header(std::string_view comment) {
  constexpr int kFewest = 3;
  const std::vector<std::string> names = names_of(comment);
  const auto known = std::count_if(names.begin(), names.end(), [](const std::string& name) {
    return column_of(name).has_value();
  });
  return known >= kFewest && 2 * known >= static_cast<std::ptrdiff_t>(names.size());
}

std::string_view Columns::word(Column column, const std::vector<std::string_view>& words) const {
  const auto at = static_cast<std::size_t>(place(column));
  return has(column) && at < words.size() ? words[at] : std::string_view();
}

}  // namespace gbid::routing
