// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/config/diagnostics.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>

#include "engine/core/error.hpp"

namespace gbid::config {
namespace {

/// More lines than this are of no use; the rest is counted.
constexpr std::size_t kMaxLines = 50;

/// Cuts ":NUMBER" off the end; 0 where there is none.
std::uint32_t cut_number(std::string_view& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return 0;
  const char* end = text.data() + text.size();
  std::uint32_t number = 0;
  const auto result = std::from_chars(text.data() + colon + 1, end, number);
  if (result.ec != std::errc{} || result.ptr != end) return 0;
  text = text.substr(0, colon);
  return number;
}

/// (after the file?, line or number of the option, column) of a place, to sort by.
std::tuple<bool, std::size_t, std::size_t> position(std::string_view where,
                                                    const std::vector<std::string>& options) {
  const auto option = std::find(options.begin(), options.end(), where);
  if (option != options.end() || where.starts_with("--"))
    return {true, static_cast<std::size_t>(option - options.begin()), 0};
  const std::uint32_t column = cut_number(where);
  const std::uint32_t line = cut_number(where);
  return {false, line, column};
}

}  // namespace

void Diagnostics::add(std::string where, std::string key, std::string message) {
  Diagnostic error{std::move(where), std::move(key), std::move(message)};
  if (!lines_.insert(to_line(error)).second) return;
  items_.push_back(std::move(error));
  is_sorted_ = items_.size() == 1;
}

const std::vector<Diagnostic>& Diagnostics::all() const {
  if (!is_sorted_) {
    std::stable_sort(items_.begin(), items_.end(), [&](const Diagnostic& a, const Diagnostic& b) {
      return position(a.where, options_) < position(b.where, options_);
    });
    is_sorted_ = true;
  }
  return items_;
}

void Diagnostics::throw_if_any() const {
  if (empty()) return;
  std::string text;
  const std::size_t shown = std::min(all().size(), kMaxLines);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) text += '\n';
    text += to_line(all()[i]);
  }
  if (shown < size()) text += "\n... and " + std::to_string(size() - shown) + " more errors";
  throw ScenarioError(text);
}

/// Places are followed as editors do: "file:line:column: key: message".
std::string to_line(const Diagnostic& diagnostic) {
  std::string line = diagnostic.where;
  std::string_view place = diagnostic.where;
  const bool is_place = cut_number(place) > 0 && cut_number(place) > 0;
  if (!diagnostic.key.empty()) line += (is_place ? ": " : " ") + diagnostic.key;
  return line + ": " + diagnostic.message;
}

}  // namespace gbid::config
