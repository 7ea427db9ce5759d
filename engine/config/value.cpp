// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/config/value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace gbid::config {
namespace {

/// Longest piece of the user's text that a message repeats.
constexpr std::size_t kExcerptBytes = 60;

bool is_bare(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '_' || letter == '-';
}

/// A letter as it stands between double quotes.
void append_escaped(std::string& text, char letter) {
  switch (letter) {
    case '"':
      text += "\\\"";
      return;
    case '\\':
      text += "\\\\";
      return;
    case '\n':
      text += "\\n";
      return;
    case '\t':
      text += "\\t";
      return;
    case '\r':
      text += "\\r";
      return;
    default:
      break;
  }
  const auto code = static_cast<unsigned char>(letter);
  if (code >= 0x20 && code != 0x7f) {
    text += letter;
    return;
  }
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  text += "\\u00";
  text += kDigits[code >> 4];
  text += kDigits[code & 15];
}

std::string format_table(const ValueTable& table) {
  if (table.entries.empty()) return "{}";
  std::string text;
  for (const Entry& entry : table.entries) {
    text += text.empty() ? "{ " : ", ";
    text += format_key(entry.key) + " = " + format(entry.value);
  }
  return text + " }";
}

std::string format_array(const Value::Array& array) {
  std::string text = "[";
  for (const Value& value : array) {
    if (text.size() > 1) text += ", ";
    text += format(value);
  }
  return text + "]";
}

bool needs_header(const Value& value) { return value.table() && !value.table()->is_inline; }

toml::array to_toml_array(const Value::Array& from) {
  toml::array array;
  for (const Value& value : from) {
    ValueTable holder{{{"value", value}}, false};
    toml::table table;
    to_toml_table(holder, table);
    array.push_back(std::move(*table.get("value")));
  }
  return array;
}

}  // namespace

const Value* ValueTable::find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &found->value;
}

bool ValueTable::operator==(const ValueTable& other) const { return entries == other.entries; }

std::string format_number(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  std::array<char, 32> buffer{};  // the shortest form of a double never needs more than 24
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  std::string text(buffer.data(), result.ptr);
  const std::size_t exponent = text.find('e');
  if (exponent == std::string::npos)
    return text.find('.') == std::string::npos ? text + ".0" : text;
  // 1e+06 and 1e-05 read better as 1e6 and 1e-5
  std::size_t digit = exponent + 1;
  if (text[digit] == '+') text.erase(digit, 1);
  if (text[digit] == '-') ++digit;
  while (text[digit] == '0' && digit + 1 < text.size()) text.erase(digit, 1);
  return text;
}

std::string quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char letter : text) append_escaped(quoted, letter);
  return quoted + '"';
}

std::string format_key(std::string_view key) {
  const bool is_plain = !key.empty() && std::all_of(key.begin(), key.end(), is_bare);
  return is_plain ? std::string(key) : quote(key);
}

std::string format(const Value& value) {
  return std::visit(
      [](const auto& data) -> std::string {
        using T = std::decay_t<decltype(data)>;
        if constexpr (std::is_same_v<T, bool>)
          return data ? "true" : "false";
        else if constexpr (std::is_same_v<T, std::int64_t>)
          return std::to_string(data);
        else if constexpr (std::is_same_v<T, double>)
          return format_number(data);
        else if constexpr (std::is_same_v<T, std::string>)
          return quote(data);
        else if constexpr (std::is_same_v<T, Value::Array>)
          return format_array(data);
        else
          return format_table(data);
      },
      value.data);
}

std::string format_document(const ValueTable& table, const std::string& path) {
  std::string text;
  const auto has_lines = std::any_of(table.entries.begin(), table.entries.end(),
                                     [](const Entry& e) { return !needs_header(e.value); });
  if (!path.empty() && (has_lines || table.entries.empty())) text += "\n[" + path + "]\n";
  for (const Entry& entry : table.entries)
    if (!needs_header(entry.value))
      text += format_key(entry.key) + " = " + format(entry.value) + '\n';
  for (const Entry& entry : table.entries) {
    if (!needs_header(entry.value)) continue;
    const std::string name = format_key(entry.key);
    text += format_document(*entry.value.table(), path.empty() ? name : path + '.' + name);
  }
  return text;
}

void to_toml_table(const ValueTable& from, toml::table& to) {
  for (const Entry& entry : from.entries) {
    std::visit(
        [&](const auto& data) {
          using T = std::decay_t<decltype(data)>;
          if constexpr (std::is_same_v<T, Value::Array>) {
            to.insert_or_assign(entry.key, to_toml_array(data));
          } else if constexpr (std::is_same_v<T, ValueTable>) {
            toml::table sub;
            to_toml_table(data, sub);
            sub.is_inline(data.is_inline);
            to.insert_or_assign(entry.key, std::move(sub));
          } else {
            to.insert_or_assign(entry.key, data);
          }
        },
        entry.value.data);
  }
}

std::string excerpt(std::string_view text) {
  std::string_view kept = text.substr(0, kExcerptBytes);
  if (kept.size() < text.size())
    while (!kept.empty() && (static_cast<unsigned char>(text[kept.size()]) & 0xC0U) == 0x80U)
      kept.remove_suffix(1);
  std::string shown;
  for (const char letter : kept)
    if (letter == '"' || letter == '\\')
      shown += letter;
    else
      append_escaped(shown, letter);
  return kept.size() < text.size() ? shown + "..." : shown;
}

std::string show_value(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return '"' + excerpt(node.as_string()->get()) + '"';
    case toml::node_type::integer:
      return std::to_string(node.as_integer()->get());
    case toml::node_type::floating_point:
      return format_number(node.as_floating_point()->get());
    case toml::node_type::boolean:
      return node.as_boolean()->get() ? "true" : "false";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::table:
      return "a table";
    default:
      return "a date or time";
  }
}

std::string show(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return show_value(node) + " (a string)";
    case toml::node_type::integer:
      return show_value(node) + " (an integer)";
    case toml::node_type::floating_point:
      return show_value(node) + " (a float)";
    case toml::node_type::boolean:
      return show_value(node) + " (a boolean)";
    default:
      return show_value(node);
  }
}

}  // namespace gbid::config
