// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/config/member_field.hpp"

#include <algorithm>
#include <tuple>

#include "engine/config/suggestion.hpp"
#include "engine/config/toml_token.hpp"

namespace gbid::config {

std::vector<std::pair<std::string, const toml::node*>> in_file_order(const toml::table& table,
                                                                     const Document& document) {
  std::vector<std::pair<std::string, const toml::node*>> items;
  for (auto&& [key, node] : table) items.emplace_back(key.str(), &node);
  const auto position = [&](const toml::node& node) {
    const toml::source_position begin = node.source().begin;
    return std::tuple(document.is_from_command_line(node), begin.line, begin.column);
  };
  std::stable_sort(items.begin(), items.end(), [&](const auto& a, const auto& b) {
    return position(*a.second) < position(*b.second);
  });
  return items;
}

bool check_name(const std::string& name, const Names& allowed, const toml::node& node,
                const Scope& scope) {
  if (allowed.empty()) {
    const bool is_name =
        !name.empty() && !(name[0] >= '0' && name[0] <= '9') &&
        std::all_of(name.begin(), name.end(), [](char c) { return is_bare_key(c) && c != '-'; });
    if (!is_name)
      scope.fail(node, "expected a name of letters, digits and _ that does not begin with a digit");
    return is_name;
  }
  std::vector<std::string> names;
  for (const auto& [known, help] : allowed) names.push_back(known);
  if (std::find(names.begin(), names.end(), name) != names.end()) return true;
  scope.fail(node,
             "unknown name" + did_you_mean(name, names) + " (known: " + name_list(allowed) + ")");
  return false;
}

}  // namespace gbid::config
