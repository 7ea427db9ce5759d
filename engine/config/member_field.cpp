// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/config/member_field.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

#include "engine/config/suggestion.hpp"
#include "engine/text/utf8.hpp"

namespace gbid::config {

template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t, NumberType);
template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t, BooleanType);
template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t, TextType);
template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t, FileType);
template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t,
                        IntegerListType);
template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t,
                        NumberListType);
template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t, TextListType);
template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t,
                        IntegerType<std::int64_t>);
template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t,
                        OptionalType<NumberType>);
template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t,
                        OptionalType<TextType>);
template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t,
                        OptionalType<TextListType>);
template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t,
                        OptionalType<IntegerType<std::int64_t>>);

KeyInfo PlacedField::describe(const void* defaults) const {
  KeyInfo info;
  info.key = key();
  info.help = help();
  if (const auto written = write(defaults)) info.default_value = format(*written);
  describe_member(info, address_in(defaults));
  return info;
}

void ChoiceField::read(void* object, const toml::node& node, const Scope& scope) const {
  if (const auto index = read_choice(node, names_, scope))
    std::memcpy(address_in(object), &values_[*index], sizeof(int));
}

std::optional<Value> ChoiceField::write(const void* object) const {
  int value = 0;
  std::memcpy(&value, address_in(object), sizeof(int));
  for (std::size_t i = 0; i < values_.size(); ++i)
    if (values_[i] == value) return Value{names_[i].first};
  return std::nullopt;
}

void ChoiceField::describe_member(KeyInfo& info, const void*) const {
  info.type = "choice";
  info.choices = names_;
}

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
    if (is_name(name)) return true;
    scope.fail(node, "expected a name of letters, digits and _ that does not begin with a digit");
    return false;
  }
  std::vector<std::string> names;
  for (const auto& [known, help] : allowed) names.push_back(known);
  if (std::find(names.begin(), names.end(), name) != names.end()) return true;
  scope.fail(node,
             "unknown name" + did_you_mean(name, names) + " (known: " + name_list(allowed) + ")");
  return false;
}

}  // namespace gbid::config
