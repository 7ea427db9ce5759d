// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/sweep/value_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "engine/config/toml_scan.hpp"
#include "engine/config/value.hpp"
#include "engine/core/error.hpp"
#include "engine/sweep/grid.hpp"

namespace gbid {
namespace {

// A step may miss the stop by this share of itself and still be meant to meet it: 0:1:0.1.
constexpr double kSlack = 1e-9;

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts(1);
  char quote = '\0';
  int depth = 0;
  for (const char c : text) {
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    } else if (c == at && depth == 0) {
      parts.emplace_back();
      continue;
    }
    parts.back() += c;
  }
  for (std::string& part : parts) part = trimmed(part);
  return parts;
}

template <class T>
std::optional<T> number(const std::string& text) {
  T value{};
  const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(begin, end, value);
  if (error != std::errc{} || rest != end) return std::nullopt;
  if constexpr (std::is_floating_point_v<T>)
    if (!std::isfinite(value)) return std::nullopt;
  return value;
}

double rounded(double value) { return *number<double>(fmt::format("{:.15g}", value)); }

/// As integers if all are whole, so that keys that take integers take them and tables show them so.
void append_numbers(const std::vector<double>& numbers, std::vector<std::string>& values) {
  constexpr double kMostDigits = 1e15;
  const bool are_whole = std::all_of(numbers.begin(), numbers.end(), [](double number) {
    return number == std::floor(number) && std::fabs(number) < kMostDigits;
  });
  for (const double number : numbers)
    values.push_back(are_whole ? std::to_string(static_cast<std::int64_t>(number))
                               : config::format_number(number));
}

void check_count(double count, const std::string& range) {
  if (!(count <= static_cast<double>(kMostPoints)))
    throw UsageError(fmt::format("{} has more than {} values", range, kMostPoints));
}

void append_stepped(const std::string& range, const std::vector<std::string>& parts,
                    std::vector<std::string>& values) {
  const auto start = number<double>(parts[0]), stop = number<double>(parts[1]),
             step = number<double>(parts[2]);
  if (*step == 0.0 || (*stop - *start) / *step < 0.0)
    throw UsageError(fmt::format("{}: a step of {} does not lead from {} to {}", range, parts[2],
                                 parts[0], parts[1]));
  double steps = std::floor((*stop - *start) / *step + kSlack);
  check_count(steps, range);
  const auto first = number<std::int64_t>(parts[0]), last = number<std::int64_t>(parts[1]),
             by = number<std::int64_t>(parts[2]);
  // Integers beyond 2^53 are no doubles; their distance is, since there are not too many of them.
  std::int64_t distance = 0;
  if (first && last && by && !__builtin_sub_overflow(*last, *first, &distance))
    steps = static_cast<double>(distance / *by);
  std::vector<double> numbers;
  for (std::int64_t k = 0; k <= static_cast<std::int64_t>(steps); ++k) {
    if (first && by)
      values.push_back(std::to_string(*first + k * *by));
    else
      numbers.push_back(rounded(*start + static_cast<double>(k) * *step));
  }
  append_numbers(numbers, values);
}

void append_spaced(const std::string& range, const std::vector<std::string>& parts,
                   std::vector<std::string>& values) {
  const auto refuse = [&] {
    throw UsageError(
        fmt::format("{}: expected {}:START:STOP:COUNT with numbers and a count of at "
                    "least 2",
                    range, parts[0]));
  };
  if (parts.size() != 4) refuse();
  const auto start = number<double>(parts[1]), stop = number<double>(parts[2]);
  const auto count = number<std::int64_t>(parts[3]);
  const bool is_log = parts[0] == "log";
  if (!start || !stop || !count || *count < 2) refuse();
  if (is_log && !(*start > 0.0 && *stop > 0.0))
    throw UsageError(fmt::format("{}: expected positive ends of a log range", range));
  check_count(static_cast<double>(*count), range);
  std::vector<double> numbers;
  for (std::int64_t k = 0; k < *count; ++k) {
    const double share = static_cast<double>(k) / static_cast<double>(*count - 1);
    const double value =
        is_log ? *start * std::pow(*stop / *start, share) : *start + (*stop - *start) * share;
    numbers.push_back(k + 1 == *count ? *stop : rounded(value));
  }
  append_numbers(numbers, values);
}

void append(const std::string& item, std::vector<std::string>& values) {
  const std::vector<std::string> parts = split(item, ':');
  if (parts.size() > 1 && (parts[0] == "log" || parts[0] == "lin"))
    return append_spaced(item, parts, values);
  const bool is_quoted = item.starts_with('"') || item.starts_with('\'');
  if (parts.size() > 1 && !is_quoted && number<double>(parts[0])) {
    if (parts.size() != 3 || !number<double>(parts[1]) || !number<double>(parts[2]))
      throw UsageError(
          fmt::format("{}: expected START:STOP:STEP, log:START:STOP:COUNT or "
                      "lin:START:STOP:COUNT",
                      config::excerpt(item)));
    return append_stepped(item, parts, values);
  }
  if (item.empty()) throw UsageError("expected a value between the commas");
  // A word is text; everything else must be TOML.
  if (const auto fault = config::scan_value(item)) {
    const bool is_word = std::string_view("[{\"'").find(item[0]) == std::string_view::npos;
    if (!is_word)
      throw UsageError(
          fmt::format("{}: not a TOML value: {}", config::excerpt(item), fault.message));
    return values.push_back(config::quote(item));
  }
  values.push_back(item);
}

}  // namespace

std::vector<std::string> parse_value_list(const std::string& text) {
  std::vector<std::string> values;
  if (trimmed(text).empty()) throw UsageError("expected values, got none");
  for (const std::string& item : split(text, ',')) append(item, values);
  return values;
}

}  // namespace gbid
