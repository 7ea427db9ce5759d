// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/config/scope.hpp"

#include <utility>

#include "engine/config/value.hpp"

namespace gbid::config {

Scope Scope::at(std::string_view key) const {
  const std::string name = format_key(key);
  return {document, diagnostics, path.empty() ? name : path + '.' + name};
}

Scope Scope::at(std::size_t index) const {
  return {document, diagnostics, path + '[' + std::to_string(index) + ']'};
}

void Scope::fail(const toml::node& node, std::string message) const {
  diagnostics.add(document.where(node), path, std::move(message));
}

const toml::node* Checker::find(const std::string& key) const {
  const toml::table* table = &table_;
  std::string_view rest = key;
  for (;;) {
    const std::size_t dot = rest.find('.');
    const toml::node* node = table->get(rest.substr(0, dot));
    if (node == nullptr || dot == std::string_view::npos) return node;
    rest.remove_prefix(dot + 1);
    table = node->as_table();
    if (table == nullptr) return node;  // a shorthand stands for the table
  }
}

void Checker::fail(const std::string& key, const std::string& message) const {
  const toml::node* node = find(key);
  const std::string path = scope_.path.empty() ? key : scope_.path + '.' + key;
  scope_.diagnostics.add(scope_.document.where(node ? *node : place_), path, message);
}

}  // namespace gbid::config
