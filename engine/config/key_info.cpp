// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/config/key_info.hpp"

#include <algorithm>
#include <string_view>

namespace gbid::config {
namespace {

/// A list of names longer than this is cut in messages.
constexpr std::size_t kMaxNames = 40;

std::string with_article(const std::string& noun) {
  const bool is_vowel = std::string_view("aeiou").find(noun[0]) != std::string_view::npos;
  return (is_vowel ? "an " : "a ") + noun;
}

}  // namespace

std::string name_list(const std::vector<std::pair<std::string, std::string>>& choices) {
  std::string text;
  const std::size_t shown = std::min(choices.size(), kMaxNames);
  for (std::size_t i = 0; i < shown; ++i) text += (i > 0 ? ", " : "") + choices[i].first;
  return shown < choices.size() ? text + ", ..." : text;
}

std::string expectation(const KeyInfo& info) {
  if (info.form == Form::kOneOf || info.type == "choice")
    return "one of " + name_list(info.choices);
  if (info.type == "boolean") return "true or false";
  if (info.type == "text") return "a string";
  if (info.type == "named tables") return "a table";
  const std::string noun = with_article(info.type);
  return info.range.empty() ? noun : noun + ' ' + info.range;
}

}  // namespace gbid::config
