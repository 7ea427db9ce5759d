// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/text/duration.hpp"

#include <charconv>
#include <cmath>
#include <utility>

namespace gbid {

std::optional<std::chrono::milliseconds> duration_of(std::string_view text) {
  constexpr std::pair<std::string_view, double> kUnits[] = {
      {"ms", 1.0}, {"min", 6e4}, {"m", 6e4}, {"s", 1e3}, {"h", 3.6e6}, {"d", 8.64e7}};
  constexpr double kLongest = 3650.0 * 8.64e7;
  double total = 0.0;
  const auto skip_blanks = [&] {
    while (text.starts_with(' ')) text.remove_prefix(1);
  };
  for (skip_blanks(); !text.empty(); skip_blanks()) {
    double number = 0.0;
    const auto [rest, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc() || !(number >= 0.0)) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    skip_blanks();
    const auto* unit = std::begin(kUnits);
    while (unit != std::end(kUnits) && !text.starts_with(unit->first)) ++unit;
    if (unit == std::end(kUnits)) return std::nullopt;
    text.remove_prefix(unit->first.size());
    total += number * unit->second;
  }
  total = std::round(total);
  if (!(total >= 1.0 && total <= kLongest)) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(total));
}

}  // namespace gbid
