// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gbid {

/// Writes one JSON value piece by piece, indented by two spaces or on one line. The caller opens
/// and closes in pairs. Strings are taken as UTF-8; bytes that are not become U+FFFD. Numbers have
/// 17 significant digits at most and read back to the same bits; NaN and infinities, which JSON
/// lacks, become null.
class JsonWriter {
 public:
  enum class Style { kIndented, kOneLine };
  explicit JsonWriter(Style style = Style::kIndented) : is_indented_(style == Style::kIndented) {}

  JsonWriter& begin_object() { return begin('{'); }
  JsonWriter& end_object() { return end('}'); }
  JsonWriter& begin_array() { return begin('['); }
  JsonWriter& end_array() { return end(']'); }
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(double number);
  JsonWriter& value(std::integral auto number) { return literal(std::to_string(number)); }
  JsonWriter& value(bool is_true) { return literal(is_true ? "true" : "false"); }
  JsonWriter& value(std::span<const double> numbers);  ///< an array on one line
  JsonWriter& value(const std::vector<bool>& flags);   ///< an array on one line
  JsonWriter& null() { return literal("null"); }

  /// key(name).value(content)
  template <class Value>
  JsonWriter& member(std::string_view name, const Value& content) {
    return key(name).value(content);
  }

  const std::string& text() const noexcept { return text_; }

 private:
  JsonWriter& begin(char bracket);
  JsonWriter& end(char bracket);
  JsonWriter& literal(std::string_view token);
  void separate();
  void break_line();
  void append_quoted(std::string_view text);

  std::string text_;
  std::vector<bool> has_members_;  // per open bracket
  bool is_after_key_ = false;
  bool is_indented_;
};

}  // namespace gbid
