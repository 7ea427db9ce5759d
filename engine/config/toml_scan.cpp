// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/config/toml_scan.hpp"

#include <algorithm>
#include <cctype>

#include "engine/config/toml_token.hpp"
#include "engine/config/value.hpp"

namespace gbid::config {
namespace {

/// Thrown inside this file only.
struct Stop {
  std::size_t at;
  std::string message;
};

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;  // byte order mark
    const std::size_t invalid = first_invalid_utf8(text_);
    if (invalid < text_.size()) throw Stop{invalid, "not UTF-8 text"};
  }

  void document() {
    while (!at_end()) {
      blanks();
      if (line_end_or_comment()) continue;
      if (peek() == '[')
        header();
      else
        assignment(0);
      blanks();
      if (!at_end() && !line_end_or_comment()) fail("expected the end of the line");
    }
  }

  void key() {
    if (++keys_ > kMaxKeys) fail("more than " + std::to_string(kMaxKeys) + " keys");
    for (int parts = 1;; ++parts) {
      if (parts > kMaxKeyParts)
        fail("a key of more than " + std::to_string(kMaxKeyParts) + " parts");
      key_part();
      blanks();
      if (at_end() || peek() != '.') return;
      ++at_;
      blanks();
    }
  }

  void value(int depth) {
    if (depth > kMaxNesting)
      fail("lists and tables nested more than " + std::to_string(kMaxNesting) + " deep");
    if (at_end()) fail("expected a value");
    switch (peek()) {
      case '"':
      case '\'':
        string(true);
        return;
      case '[':
        array(depth);
        return;
      case '{':
        inline_table(depth);
        return;
      default:
        token();
        return;
    }
  }

  void blanks() {
    while (!at_end() && (peek() == ' ' || peek() == '\t')) ++at_;
  }

  void finish() {
    if (!at_end()) fail("expected the end");
  }

 private:
  bool at_end() const { return at_ >= text_.size(); }
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool skip_newline() {
    if (!at_end() && peek() == '\n') return ++at_, true;
    if (peek() == '\r' && peek(1) == '\n') return at_ += 2, true;
    return false;
  }

  [[noreturn]] void fail(const std::string& message) const {
    if (at_end()) throw Stop{at_, message + ", got the end of the file"};
    if (peek() == '\n' || text_.substr(at_).starts_with("\r\n"))
      throw Stop{at_, message + ", got the end of the line"};
    std::size_t length = 1;
    while ((static_cast<unsigned char>(peek(length)) & 0xC0U) == 0x80U) ++length;
    throw Stop{at_, message + ", got '" + excerpt(text_.substr(at_, length)) + "'"};
  }

  void comment() {
    while (!at_end() && peek() != '\n') {
      if (peek() == '\r' && peek(1) == '\n') return;
      if (is_control(peek())) fail("a control character in a comment");
      ++at_;
    }
  }

  bool line_end_or_comment() {
    if (at_end()) return true;
    if (peek() == '#') return comment(), true;
    return skip_newline();
  }

  void header() {
    ++at_;
    const bool is_array = peek() == '[';
    if (is_array) ++at_;
    blanks();
    key();
    expect(']');
    if (is_array) expect(']');
  }

  void expect(char letter) {
    if (at_end() || peek() != letter) fail(std::string("expected '") + letter + "'");
    ++at_;
  }

  void assignment(int depth) {
    key();
    expect('=');
    blanks();
    value(depth);
  }

  void key_part() {
    if (!at_end() && (peek() == '"' || peek() == '\'')) return string(false);
    const std::size_t start = at_;
    while (!at_end() && is_bare_key(peek())) ++at_;
    if (static_cast<unsigned char>(peek()) >= 0x80U)
      fail("a key with other letters than A-Z a-z 0-9 _ - must stand in quotes");
    if (at_ == start) fail("expected a key");
  }

  /// A string of one of the four kinds; `allow_lines` where """ and ''' may open.
  void string(bool allow_lines) {
    const char mark = peek();
    const bool has_lines = peek(1) == mark && peek(2) == mark;
    if (has_lines && !allow_lines) fail("a key cannot be a string of several lines");
    const std::size_t start = at_;
    at_ += has_lines ? 3 : 1;
    for (;;) {
      if (at_end()) throw Stop{start, "a string that is never closed"};
      const char letter = peek();
      if (letter == mark && !has_lines) return void(++at_);
      if (letter == mark && peek(1) == mark && peek(2) == mark) {
        at_ += 3;
        for (int extra = 0; extra < 2 && !at_end() && peek() == mark; ++extra) ++at_;
        return;
      }
      if (has_lines && skip_newline()) continue;
      if (letter == '\n' || letter == '\r') throw Stop{start, "a string that is never closed"};
      if (is_control(letter)) fail("a control character in a string");
      if (letter == '\\' && mark == '"')
        escape(has_lines);
      else
        ++at_;
    }
  }

  void escape(bool has_lines) {
    const std::size_t length = escape_length(text_.substr(at_), has_lines);
    if (length == 0) throw Stop{at_, "an unknown escape in a string; for a backslash write \\\\"};
    at_ += length;
  }

  void array(int depth) {
    ++at_;
    for (;;) {
      blanks_and_lines();
      if (peek() == ']') break;
      value(depth + 1);
      blanks_and_lines();
      if (peek() == ']') break;
      if (at_end() || peek() != ',') fail("expected ',' or ']' in a list");
      ++at_;
    }
    ++at_;
  }

  void blanks_and_lines() {
    do {
      blanks();
    } while (!at_end() && line_end_or_comment());
  }

  void inline_table(int depth) {
    ++at_;
    blanks();
    if (peek() == '}') return void(++at_);
    for (;;) {
      assignment(depth + 1);
      blanks();
      if (peek() == '}') return void(++at_);
      if (at_end() || peek() != ',') fail("expected ',' or '}' in a table");
      ++at_;
      blanks();
    }
  }

  void token() {
    const std::size_t start = at_;
    const auto ends = [](char letter) {
      return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r' || letter == ',' ||
             letter == ']' || letter == '}' || letter == '#';
    };
    while (!at_end() && !ends(peek())) ++at_;
    const std::string_view token = text_.substr(start, at_ - start);
    if (token.empty()) fail("expected a value");
    if (!is_scalar_token(token))
      throw Stop{start, "expected a value, got " + excerpt(token) + "; text must stand in quotes"};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int keys_ = 0;
};

template <class Walk>
ScanFault scan(std::string_view text, Walk walk) {
  try {
    Scanner scanner(text);
    walk(scanner);
    return {};
  } catch (const Stop& stop) {
    const std::string_view before = text.substr(0, stop.at);
    const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    const auto letters = std::count_if(
        before.begin() + static_cast<std::ptrdiff_t>(line_start), before.end(),
        [](char letter) { return (static_cast<unsigned char>(letter) & 0xC0U) != 0x80U; });
    const auto lines = std::count(before.begin(), before.end(), '\n');
    return {static_cast<std::uint32_t>(lines + 1), static_cast<std::uint32_t>(letters + 1),
            stop.message};
  }
}

}  // namespace

ScanFault scan_document(std::string_view text) {
  return scan(text, [](Scanner& scanner) { scanner.document(); });
}

ScanFault scan_key(std::string_view text) {
  return scan(text, [](Scanner& scanner) {
    scanner.blanks();
    scanner.key();
    scanner.finish();
  });
}

ScanFault scan_value(std::string_view text) {
  return scan(text, [](Scanner& scanner) {
    scanner.blanks();
    scanner.value(0);
    scanner.blanks();
    scanner.finish();
  });
}

}  // namespace gbid::config
