// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace gbid::config {

/// How a key is written.
enum class Form {
  kScalar,     ///< key = value
  kTable,      ///< [key]
  kNamed,      ///< [key.NAME], or key = { NAME = value }
  kOneOf,      ///< key = { kind = "...", ... }; the children are the kinds
  kKind,       ///< a child of kOneOf; its children are the kind's keys
  kElsewhere,  ///< known here, read by another schema
};

/// What `gbid list`, the templates and the documents say of a key.
struct KeyInfo {
  std::string key, type, range, default_value, help;
  std::vector<std::pair<std::string, std::string>> choices = {};  ///< (name, help)
  std::vector<KeyInfo> children = {};
  bool required = false;
  bool optional = false;  ///< may be left out and then has no value
  Form form = Form::kScalar;
  std::string tag = {};  ///< of kOneOf: the key that names the kind

  bool operator==(const KeyInfo&) const = default;
};

/// "an integer >= 2", "one of relu, hard": what a message expects.
std::string expectation(const KeyInfo& info);

/// "one of relu, hard" or, for very many, the first ones.
std::string name_list(const std::vector<std::pair<std::string, std::string>>& choices);

}  // namespace gbid::config
