// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gbid::config {

struct Entry;
struct Value;

/// A TOML table that keeps its keys in the order of their declaration (toml::table sorts them).
struct ValueTable {
  std::vector<Entry> entries;
  bool is_inline = false;  ///< written as { a = 1 } rather than under a [header]

  const Value* find(std::string_view key) const;
  bool operator==(const ValueTable& other) const;
};

/// A TOML value to be written.
struct Value {
  using Array = std::vector<Value>;
  std::variant<bool, std::int64_t, double, std::string, Array, ValueTable> data;

  const ValueTable* table() const { return std::get_if<ValueTable>(&data); }
  bool operator==(const Value& other) const { return data == other.data; }
};

struct Entry {
  std::string key;
  Value value;
  bool operator==(const Entry& other) const { return key == other.key && value == other.value; }
};

/// Shortest decimal text that reads back as the same number, always a TOML float: 0.05, 1.0, 1e-6,
/// inf.
std::string format_number(double number);

/// A TOML basic string with its quotes; control characters are escaped.
std::string quote(std::string_view text);

/// Bare where TOML allows it, else quoted.
std::string format_key(std::string_view key);

/// On one line; tables as { a = 1 }.
std::string format(const Value& value);

/// A document: the scalars of each table first, then its [tables]. `path` is the dotted name of the
/// table.
std::string format_document(const ValueTable& table, const std::string& path = {});

/// Appends the entries to a toml++ table.
void to_toml_table(const ValueTable& from, toml::table& to);

/// Text that others wrote, made fit for one line of an error message: control characters
/// escaped, cut after 60 bytes (never inside a letter).
std::string excerpt(std::string_view text);

/// How a message shows what it got: `"ten" (a string)`, `1e6 (a float)`, `a table`.
std::string show(const toml::node& node);

/// The bare value: `"ten"`, `1e6`; "a table" and the like for what has no short text.
std::string show_value(const toml::node& node);

}  // namespace gbid::config
