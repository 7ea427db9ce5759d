// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/config/diagnostics.hpp"
#include "engine/config/document.hpp"

namespace gbid::config {

/// Where a reader stands: the document, the dotted key so far, and where faults go.
struct Scope {
  const Document& document;
  Diagnostics& diagnostics;
  std::string path;

  /// The scope of a key of this table.
  Scope at(std::string_view key) const;
  /// The scope of an element of this list: "record.final[1]".
  Scope at(std::size_t index) const;

  void fail(const toml::node& node, std::string message) const;
};

/// Lets a check of a whole table name the key that is at fault.
class Checker {
 public:
  Checker(const toml::table& table, const toml::node& place, const Scope& scope)
      : table_(table), place_(place), scope_(scope) {}

  /// Adds an error at that key (dotted keys reach into tables below), or at the table if the key is
  /// absent.
  void fail(const std::string& key, const std::string& message) const;

  /// Whether the user wrote the key.
  bool has(const std::string& key) const { return find(key) != nullptr; }

 private:
  const toml::node* find(const std::string& key) const;

  const toml::table& table_;
  const toml::node& place_;
  const Scope& scope_;
};

}  // namespace gbid::config
