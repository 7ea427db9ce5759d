// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/config/key_info.hpp"
#include "engine/config/scope.hpp"
#include "engine/config/value.hpp"

namespace gbid::config {

/// Bounds of an integer, inclusive; absent: none.
struct IntRange {
  std::optional<std::int64_t> min = {}, max = {};
};

/// Bounds of a number; nan and infinities are always refused.
struct Range {
  std::optional<double> min = {}, max = {};
  bool min_open = false, max_open = false;  ///< the bound itself is refused
};

/// One named value of a choice.
template <class E>
struct Choice {
  E value;
  std::string name;
  std::string help;
};

/// The choices as lists and documents show them.
template <class E>
std::vector<KeyInfo> describe(const std::vector<Choice<E>>& choices) {
  std::vector<KeyInfo> infos(choices.size());
  for (std::size_t k = 0; k < choices.size(); ++k)
    infos[k].key = choices[k].name, infos[k].help = choices[k].help;
  return infos;
}

std::string to_text(const IntRange& range);  ///< ">= 1 and <= 10"; empty without bounds
std::string to_text(const Range& range);

using Names = std::vector<std::pair<std::string, std::string>>;  ///< (name, help)

// Readers: the value, or a fault at the node and nothing.
/// Floats that are whole count as integers: 1e5.
std::optional<std::int64_t> read_integer(const toml::node& node, const IntRange& range,
                                         const Scope& scope);
std::optional<double> read_number(const toml::node& node, const Range& range, const Scope& scope);
std::optional<bool> read_boolean(const toml::node& node, const Scope& scope);
std::optional<std::string> read_text(const toml::node& node, const Scope& scope);
/// The path as the scenario's folder sees it, also where the command line gave it as the working
/// directory does.
std::optional<std::string> read_file_name(const toml::node& node, const Scope& scope);
/// Index of the named choice.
std::optional<std::size_t> read_choice(const toml::node& node, const Names& names,
                                       const Scope& scope);
/// The list, or a fault that says `expected` and nothing.
const toml::array* read_list(const toml::node& node, const std::string& expected,
                             const Scope& scope);

// Each type below knows how to read, write and describe one kind of member; `MemberField` binds it
// to a member.

template <std::integral T>
struct IntegerType {
  static_assert(!std::same_as<T, bool> && (std::signed_integral<T> || sizeof(T) < 8),
                "TOML's integers are 64 bits with a sign");
  using Member = T;
  IntRange range;

  explicit IntegerType(IntRange wanted) : range(wanted) {
    constexpr std::int64_t kMin = std::numeric_limits<T>::min();
    constexpr std::int64_t kMax = std::numeric_limits<T>::max();
    if (sizeof(T) == sizeof(std::int64_t)) return;
    if (!range.min || *range.min < kMin) range.min = kMin;
    if (!range.max || *range.max > kMax) range.max = kMax;
  }
  void read(const toml::node& node, T& out, const Scope& scope) const {
    if (const auto value = read_integer(node, range, scope)) out = static_cast<T>(*value);
  }
  std::optional<Value> write(const T& value) const { return Value{std::int64_t{value}}; }
  void describe(KeyInfo& info, const T&) const {
    info.type = "integer";
    info.range = to_text(range);
  }
};

struct NumberType {
  using Member = double;
  Range range;
  void read(const toml::node& node, double& out, const Scope& scope) const;
  std::optional<Value> write(const double& value) const { return Value{value}; }
  void describe(KeyInfo& info, const double&) const;
};

struct BooleanType {
  using Member = bool;
  void read(const toml::node& node, bool& out, const Scope& scope) const;
  std::optional<Value> write(const bool& value) const { return Value{value}; }
  void describe(KeyInfo& info, const bool&) const { info.type = "boolean"; }
};

struct TextType {
  using Member = std::string;
  void read(const toml::node& node, std::string& out, const Scope& scope) const;
  std::optional<Value> write(const std::string& value) const { return Value{value}; }
  void describe(KeyInfo& info, const std::string&) const { info.type = "text"; }
};

struct FileType {
  using Member = std::string;
  void read(const toml::node& node, std::string& out, const Scope& scope) const;
  std::optional<Value> write(const std::string& value) const { return Value{value}; }
  void describe(KeyInfo& info, const std::string&) const { info.type = "file name"; }
};

struct IntegerListType {
  using Member = std::vector<std::int64_t>;
  IntRange each;
  void read(const toml::node& node, Member& out, const Scope& scope) const;
  std::optional<Value> write(const Member& values) const;
  void describe(KeyInfo& info, const Member&) const;
};

struct NumberListType {
  using Member = std::vector<double>;
  Range each;
  void read(const toml::node& node, Member& out, const Scope& scope) const;
  std::optional<Value> write(const Member& values) const;
  void describe(KeyInfo& info, const Member&) const;
};

struct TextListType {
  using Member = std::vector<std::string>;
  Names allowed;  ///< empty: any text
  void read(const toml::node& node, Member& out, const Scope& scope) const;
  std::optional<Value> write(const Member& values) const;
  void describe(KeyInfo& info, const Member&) const;
};

}  // namespace gbid::config
