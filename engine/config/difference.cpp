// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/config/difference.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <map>
#include <sstream>

namespace gbid::config {
namespace {

using Leaves = std::map<std::string, std::string>;

void add_leaves(const toml::node& node, const std::string& key, Leaves& leaves) {
  if (const toml::table* table = node.as_table(); table && !table->empty()) {
    for (const auto& [name, child] : *table)
      add_leaves(child,
                 key.empty() ? std::string(name.str()) : fmt::format("{}.{}", key, name.str()),
                 leaves);
    return;
  }
  std::ostringstream text;
  node.visit([&](const auto& value) { text << value; });
  leaves[key] = text.str();
}

}  // namespace

std::vector<std::string> differences(std::string_view before, std::string_view now) {
  Leaves old_leaves, new_leaves;
  add_leaves(toml::parse(before), "", old_leaves);
  add_leaves(toml::parse(now), "", new_leaves);
  std::map<std::string, std::pair<std::string, std::string>> both;
  for (const auto& [key, value] : old_leaves) both[key] = {value, "nothing"};
  for (const auto& [key, value] : new_leaves) {
    auto& pair = both.try_emplace(key, "nothing", "").first->second;
    pair.second = value;
  }
  std::vector<std::string> lines;
  for (const auto& [key, values] : both)
    if (values.first != values.second)
      lines.push_back(fmt::format("{}: {} before, {} now", key, values.first, values.second));
  return lines;
}

}  // namespace gbid::config
