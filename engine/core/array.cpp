// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/core/array.hpp"

#include <algorithm>
#include <optional>

#include "engine/core/error.hpp"

namespace gbid {
namespace {

using Shape = std::vector<std::int64_t>;

bool fits(const Shape& shape, const Shape& pattern) {
  return std::equal(
      shape.begin(), shape.end(), pattern.begin(), pattern.end(),
      [](std::int64_t got, std::int64_t wanted) { return wanted == kAnyLength || got == wanted; });
}

Shape squeezed(Shape shape) {
  shape.erase(std::remove(shape.begin(), shape.end(), 1), shape.end());
  return shape;
}

// The pattern with its wildcards filled, if the lengths of a squeezed shape go into it in order.
bool fill(const Shape& lengths, const Shape& pattern, Shape& filled) {
  filled.clear();
  auto next = lengths.begin();
  for (std::size_t k = 0; k < pattern.size(); ++k) {
    const auto wanted = pattern[k];
    // A wildcard takes a length only if enough are left for it; otherwise it is an axis of
    // length 1.
    const auto later = std::count_if(pattern.begin() + static_cast<std::ptrdiff_t>(k) + 1,
                                     pattern.end(), [](auto n) { return n > 1 || n == 0; });
    if (wanted == 1 || (wanted == kAnyLength && lengths.end() - next <= later)) {
      filled.push_back(1);
    } else if (next != lengths.end() && (wanted == kAnyLength || *next == wanted)) {
      filled.push_back(*next++);
    } else {
      return false;
    }
  }
  return next == lengths.end();
}

struct Match {
  const Shape* pattern;
  Shape shape;
};

/// The first pattern that the shape fits, or else the first that it fits squeezed.
std::optional<Match> match_of(const Shape& shape, const std::vector<Shape>& allowed) {
  for (const Shape& pattern : allowed)
    if (fits(shape, pattern)) return Match{&pattern, shape};
  Shape filled;
  for (const Shape& pattern : allowed)
    if (fill(squeezed(shape), pattern, filled)) return Match{&pattern, filled};
  return std::nullopt;
}

/// The first two numbers, which are whole: "0,5".
std::string pair_text(const Array& array) {
  return std::to_string(static_cast<std::int64_t>(array.values[0])) + "," +
         std::to_string(static_cast<std::int64_t>(array.values[1]));
}

}  // namespace

std::int64_t element_count(const Shape& shape, std::string_view name) {
  constexpr std::int64_t kMost = std::int64_t{1} << 60;
  std::int64_t count = 1;
  bool is_empty = false;
  for (const std::int64_t length : shape) {
    if (length < 0) throw DataError(std::string(name) + ": negative length in its shape");
    if (length == 0) {
      is_empty = true;
    } else if (__builtin_mul_overflow(count, length, &count) || count > kMost) {
      throw DataError(std::string(name) + ": its shape " + shape_text(shape) + " is too large");
    }
  }
  return is_empty ? 0 : count;
}

std::string shape_text(const Shape& shape) {
  if (shape.empty()) return "a number";
  std::string text = "(";
  for (const std::int64_t length : shape) {
    if (text.size() > 1) text += ", ";
    text += length == kAnyLength ? "any" : std::to_string(length);
  }
  return text + ")";
}

Array require_shape(Array array, std::string_view name, const std::vector<Shape>& allowed) {
  const std::string file(name);
  const std::optional<Match> match = match_of(array.shape, allowed);
  const bool may_be_decimals =
      array.may_be_decimals && match_of({array.shape.front(), 1}, allowed).has_value();
  if (match && may_be_decimals)
    throw DataError(file + ": expected numbers that can be read in one way, got rows like \"" +
                    pair_text(array) +
                    "\": two whole numbers, or one with a decimal comma? Write " +
                    "0.5, or a blank behind the comma");
  if (match && array.columns.size() > 1 && !match->pattern->empty() &&
      match->pattern->back() == kAnyLength)
    throw DataError(file + ": expected one column or rows without a header, got columns named \"" +
                    array.columns[0] + "\", \"" + array.columns[1] + "\"" +
                    (array.columns.size() > 2 ? ", ..." : ""));
  if (match) {
    array.shape = match->shape;
    return array;
  }
  std::string expected;
  for (const Shape& pattern : allowed) {
    if (!expected.empty()) expected += " or ";
    expected += shape_text(pattern);
  }
  throw DataError(file + ": expected shape " + expected + ", got " + shape_text(array.shape) +
                  (may_be_decimals ? "; a number with decimals is written 0.5, not 0,5" : ""));
}

}  // namespace gbid
