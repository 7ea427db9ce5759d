// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/record/data_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace gbid {
namespace {

std::string word(const std::string& meanings, std::int8_t value) {
  std::istringstream words(meanings);
  std::string text;
  for (int k = 0; k <= value; ++k)
    if (!(words >> text)) return std::to_string(value);
  return text;
}

std::string quoted(const std::string& field) {
  if (field.find_first_of(",\"\n\r") == std::string::npos) return field;
  std::string text = "\"";
  for (const char c : field) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

}  // namespace

std::size_t DataColumn::size() const {
  return std::visit(
      [](const auto& all) {
        if constexpr (std::is_same_v<std::decay_t<decltype(all)>, Flags>)
          return all.values.size();
        else
          return all.size();
      },
      values);
}

std::string DataColumn::cell(std::size_t row) const {
  return std::visit(
      [&](const auto& all) -> std::string {
        using Values = std::decay_t<decltype(all)>;
        if constexpr (std::is_same_v<Values, Flags>)
          return word(all.meanings, all.values[row]);
        else if constexpr (std::is_same_v<Values, std::vector<std::string>>)
          return all[row];
        else if constexpr (std::is_same_v<Values, std::vector<double>>)
          return std::isnan(all[row]) ? "" : fmt::format("{}", all[row]);
        else
          return std::to_string(all[row]);
      },
      values);
}

double DataColumn::number(std::size_t row) const {
  return std::visit(
      [&](const auto& all) -> double {
        using Values = std::decay_t<decltype(all)>;
        if constexpr (std::is_same_v<Values, Flags>)
          return all.values[row];
        else if constexpr (std::is_same_v<Values, std::vector<std::string>>)
          return std::nan("");
        else
          return static_cast<double>(all[row]);
      },
      values);
}

const DataColumn* DataTable::find(const std::string& name) const {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const DataColumn& column) {
    return column.text.name == name;
  });
  return found == columns.end() ? nullptr : &*found;
}

void write_columns(GroupWriter& group, const std::string& dimension, const DataTable& table) {
  for (const DataColumn& column : table.columns)
    std::visit(
        [&](const auto& all) {
          if constexpr (std::is_same_v<std::decay_t<decltype(all)>, Flags>)
            group.write_flags(column.text, {dimension}, all.values, all.meanings);
          else
            group.write(column.text, {dimension}, std::span(all));
        },
        column.values);
}

std::string to_csv(const DataTable& table) {
  std::string text;
  for (const DataColumn& column : table.columns)
    text += (&column == &table.columns.front() ? "" : ",") + quoted(column.text.name);
  text += "\n";
  for (std::size_t row = 0; row < table.rows(); ++row) {
    for (const DataColumn& column : table.columns)
      text += (&column == &table.columns.front() ? "" : ",") + quoted(column.cell(row));
    text += "\n";
  }
  return text;
}

}  // namespace gbid
