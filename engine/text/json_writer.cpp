// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/text/json_writer.hpp"

#include <fmt/format.h>

#include <cmath>

#include "engine/text/utf8.hpp"

namespace gbid {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

std::string number_token(double number) {
  return std::isfinite(number) ? fmt::format("{}", number) : "null";
}

}  // namespace

void JsonWriter::separate() {
  if (is_after_key_) {
    is_after_key_ = false;
    return;
  }
  if (has_members_.empty()) return;
  if (has_members_.back()) text_ += ',';
  const bool is_first = !has_members_.back();
  has_members_.back() = true;
  if (is_indented_)
    break_line();
  else if (!is_first)
    text_ += ' ';
}

void JsonWriter::break_line() {
  text_ += '\n';
  text_.append(2 * has_members_.size(), ' ');
}

JsonWriter& JsonWriter::begin(char bracket) {
  separate();
  text_ += bracket;
  has_members_.push_back(false);
  return *this;
}

JsonWriter& JsonWriter::end(char bracket) {
  const bool had_members = has_members_.back();
  has_members_.pop_back();
  if (had_members && is_indented_) break_line();
  text_ += bracket;
  return *this;
}

JsonWriter& JsonWriter::literal(std::string_view token) {
  separate();
  text_ += token;
  return *this;
}

void JsonWriter::append_quoted(std::string_view text) {
  text_ += '"';
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x80) {
      const std::size_t length = utf8_character_length(text.substr(i));
      text_ += length > 0 ? text.substr(i, length) : kReplacement;
      i += length > 0 ? length : 1;
      continue;
    }
    if (byte == '"' || byte == '\\') {
      text_ += '\\';
      text_ += text[i];
    } else if (byte == '\n') {
      text_ += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      text_ += fmt::format("\\u{:04x}", byte);
    } else {
      text_ += text[i];
    }
    ++i;
  }
  text_ += '"';
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_quoted(name);
  text_ += ": ";
  is_after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  append_quoted(text);
  return *this;
}

JsonWriter& JsonWriter::value(double number) { return literal(number_token(number)); }

JsonWriter& JsonWriter::value(std::span<const double> numbers) {
  std::string line = "[";
  for (const double number : numbers) {
    if (line.size() > 1) line += ", ";
    line += number_token(number);
  }
  return literal(line + "]");
}

JsonWriter& JsonWriter::value(const std::vector<bool>& flags) {
  std::string line = "[";
  for (const bool flag : flags) {
    if (line.size() > 1) line += ", ";
    line += flag ? "true" : "false";
  }
  return literal(line + "]");
}

}  // namespace gbid
