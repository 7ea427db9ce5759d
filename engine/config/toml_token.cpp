// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/config/toml_token.hpp"

#include <algorithm>
#include <cstdint>

namespace gbid::config {
namespace {

/// toml++ looks this far ahead, and somewhat further, to find the type of a number.
constexpr std::size_t kMaxTokenBytes = 64;

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

bool is_digit_of(char letter, int base) {
  if (base <= 10) return letter >= '0' && letter < '0' + base;
  return is_digit(letter) || (letter >= 'a' && letter <= 'f') || (letter >= 'A' && letter <= 'F');
}

/// Cuts digits with single underscores between them off the front; false if there are none.
bool cut_digits(std::string_view& text, int base) {
  if (text.empty() || !is_digit_of(text[0], base)) return false;
  std::size_t end = 1;
  while (end < text.size()) {
    const std::size_t digit = text[end] == '_' ? end + 1 : end;
    if (digit >= text.size() || !is_digit_of(text[digit], base)) break;
    end = digit + 1;
  }
  text.remove_prefix(end);
  return true;
}

bool is_prefixed_integer(std::string_view token) {
  if (token.size() < 3 || token[0] != '0') return false;
  const int base = token[1] == 'x' ? 16 : token[1] == 'o' ? 8 : token[1] == 'b' ? 2 : 0;
  token.remove_prefix(2);
  return base != 0 && cut_digits(token, base) && token.empty();
}

bool is_decimal(std::string_view token) {
  if (token.starts_with('+') || token.starts_with('-')) token.remove_prefix(1);
  if (token == "inf" || token == "nan") return true;
  const bool begins_zero = token.starts_with('0');
  const std::size_t before = token.size();
  if (!cut_digits(token, 10)) return false;
  if (begins_zero && before - token.size() > 1) return false;
  if (token.starts_with('.')) {
    token.remove_prefix(1);
    if (!cut_digits(token, 10)) return false;
  }
  if (token.starts_with('e') || token.starts_with('E')) {
    token.remove_prefix(1);
    if (token.starts_with('+') || token.starts_with('-')) token.remove_prefix(1);
    if (!cut_digits(token, 10)) return false;
  }
  return token.empty();
}

/// Bytes of the letter that begins so, and the smallest code it may stand for; 0 for no beginning.
struct Lead {
  std::size_t length;
  std::uint32_t smallest;
  std::uint32_t bits;
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {1, 0, byte};
  if ((byte & 0xE0) == 0xC0) return {2, 0x80, byte & 0x1FU};
  if ((byte & 0xF0) == 0xE0) return {3, 0x800, byte & 0x0FU};
  if ((byte & 0xF8) == 0xF0) return {4, 0x10000, byte & 0x07U};
  return {0, 0, 0};
}

}  // namespace

bool is_scalar_token(std::string_view token) {
  if (token.size() > kMaxTokenBytes) return false;
  return token == "true" || token == "false" || is_prefixed_integer(token) || is_decimal(token);
}

bool is_bare_key(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || is_digit(letter) ||
         letter == '_' || letter == '-';
}

bool is_control(char letter) {
  const auto code = static_cast<unsigned char>(letter);
  return (code < 0x20 && letter != '\t') || code == 0x7f;
}

std::size_t escape_length(std::string_view text, bool in_lines) {
  if (text.size() < 2) return 0;
  const char letter = text[1];
  if (std::string_view("btnfr\"\\").find(letter) != std::string_view::npos) return 2;
  const std::size_t digits = letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
  if (digits > 0) {
    const std::string_view code = text.substr(2, digits);
    const bool is_code = code.size() == digits && std::all_of(code.begin(), code.end(), [](char c) {
                           return is_digit_of(c, 16);
                         });
    return is_code ? digits + 2 : 0;
  }
  if (!in_lines) return 0;
  const std::size_t blanks_end = text.find_first_not_of(" \t", 1);
  if (blanks_end == std::string_view::npos) return 0;
  const std::string_view rest = text.substr(blanks_end);
  return rest.starts_with("\n") || rest.starts_with("\r\n") ? blanks_end : 0;
}

std::size_t first_invalid_utf8(std::string_view text) {
  constexpr std::uint32_t kLastCode = 0x10FFFF;
  for (std::size_t at = 0; at < text.size();) {
    const Lead lead = lead_of(static_cast<unsigned char>(text[at]));
    if (lead.length == 0 || at + lead.length > text.size()) return at;
    std::uint32_t code = lead.bits;
    for (std::size_t i = 1; i < lead.length; ++i) {
      const auto byte = static_cast<unsigned char>(text[at + i]);
      if ((byte & 0xC0) != 0x80) return at;
      code = code << 6 | (byte & 0x3FU);
    }
    const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < lead.smallest || code > kLastCode || is_surrogate) return at;
    at += lead.length;
  }
  return text.size();
}

}  // namespace gbid::config
