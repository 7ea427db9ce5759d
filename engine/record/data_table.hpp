// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "engine/record/group_writer.hpp"

namespace gbid {

/// Small numbers that stand for words.
struct Flags {
  std::vector<std::int8_t> values;
  std::string meanings;  ///< separated by blanks; value k stands for the k-th
};

/// One column of a table: what it is, and a value a row.
struct DataColumn {
  VariableText text;
  std::variant<std::vector<std::int64_t>, std::vector<std::uint64_t>, std::vector<double>,
               std::vector<std::string>, Flags>
      values;

  std::size_t size() const;
  /// A cell as text: numbers as they read back to the same bits, flags as their words, "" for NaN.
  std::string cell(std::size_t row) const;
  /// A cell as a number; NaN for text.
  double number(std::size_t row) const;
  bool is_text() const { return values.index() >= 3; }
};

/// Columns of equal length.
struct DataTable {
  std::vector<DataColumn> columns;

  std::size_t rows() const { return columns.empty() ? 0 : columns.front().size(); }
  /// Null if there is none.
  const DataColumn* find(const std::string& name) const;
};

/// Writes every column as a variable over `dimension`.
void write_columns(GroupWriter& group, const std::string& dimension, const DataTable& table);

/// Comma-separated values with a heading (RFC 4180): fields with commas, quotes or line ends are
/// quoted.
std::string to_csv(const DataTable& table);

}  // namespace gbid
