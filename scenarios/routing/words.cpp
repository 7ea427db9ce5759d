// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/routing/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>

#include "engine/core/error.hpp"

namespace gbid::routing {
namespace {

constexpr std::size_t kShown = 40;  // characters of a wrong word in a message

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool is_mark(char c) { return c == ':' || c == ';'; }

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}

std::string plain(double value) { return fmt::format("{}", value); }

}  // namespace

Words::Words(std::string_view text, std::string form)
    : rest_(without_blanks(text)), form_(std::move(form)) {}

std::string_view Words::peek() const {
  if (rest_.empty()) return {};
  std::size_t length = 1;
  if (!is_mark(rest_.front()))
    while (length < rest_.size() && !is_blank(rest_[length]) && !is_mark(rest_[length])) ++length;
  return rest_.substr(0, length);
}

std::string_view Words::take() {
  const std::string_view word = peek();
  rest_ = without_blanks(rest_.substr(word.size()));
  return word;
}

bool Words::take_if(std::string_view word) {
  const std::string_view next = peek();
  const bool is_same =
      std::equal(next.begin(), next.end(), word.begin(), word.end(), [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) ==
               std::tolower(static_cast<unsigned char>(b));
      });
  if (is_same) take();
  return is_same;
}

void Words::expect(std::string_view word) {
  if (!take_if(word)) fail(fmt::format("\"{}\"", word));
}

void Words::expect_end() const {
  if (!is_at_end()) fail("the end of the line");
}

Index Words::integer(const std::string& what, Index low, Index high) {
  const std::string_view word = peek();
  Index value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || value < low || value > high)
    fail(fmt::format("{} from {} to {}", what, low, high));
  take();
  return value;
}

double Words::number(const std::string& what, double low) {
  const std::string_view word = peek();
  std::string_view digits = word;
  if (digits.size() > 1 && digits[0] == '+' && digits[1] != '-') digits.remove_prefix(1);
  double value = 0.0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool is_number = error == std::errc() && end == digits.data() + digits.size();
  if (!is_number || !std::isfinite(value) || value < low)
    fail(low == -std::numeric_limits<double>::infinity()
             ? fmt::format("{}, a number", what)
             : fmt::format("{}, a number of at least {}", what, plain(low)));
  take();
  return value;
}

void Words::fail(const std::string& expected) const {
  const std::string got =
      rest_.empty() ? "nothing" : fmt::format("\"{}\"", peek().substr(0, kShown));
  throw DataError(fmt::format("expected {}, got {}{}", expected, got,
                              form_.empty() ? "" : "; the form is " + form_));
}

void check_bpr(double b, double capacity, double power) {
  if (b > 0.0 && capacity == 0.0)
    throw DataError("expected a capacity above 0 where b is not 0, got 0");
  if (b > 0.0 && power > 0.0 && power < 1.0)
    throw DataError(fmt::format("expected a power of 0 or at least 1, got {}", plain(power)));
}

}  // namespace gbid::routing
