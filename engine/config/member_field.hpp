// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/config/scalars.hpp"
#include "engine/config/schema_core.hpp"

namespace gbid::config {

/// Binds a type (how to read, write and describe) to a member of C.
template <class C, class Type>
class MemberField final : public Field {
 public:
  using Member = typename Type::Member;

  MemberField(std::string key, std::string help, Member C::*member, Type type)
      : Field(std::move(key), std::move(help)), member_(member), type_(std::move(type)) {}

  void read(void* object, const toml::node& node, const Scope& scope) const override {
    type_.read(node, static_cast<C*>(object)->*member_, scope);
  }
  std::optional<Value> write(const void* object) const override {
    return type_.write(static_cast<const C*>(object)->*member_);
  }
  KeyInfo describe(const void* defaults) const override {
    const Member& value = static_cast<const C*>(defaults)->*member_;
    KeyInfo info;
    info.key = key();
    info.help = help();
    if (const auto written = type_.write(value)) info.default_value = format(*written);
    type_.describe(info, value);
    return info;
  }
  const void* address_in(const void* object) const override {
    return &(static_cast<const C*>(object)->*member_);
  }

 private:
  Member C::*member_;
  Type type_;
};

/// One of an enumeration, by name.
template <class E>
struct ChoiceType {
  using Member = E;
  std::vector<E> values;
  Names names;

  explicit ChoiceType(const std::vector<Choice<E>>& choices) {
    for (const Choice<E>& choice : choices) {
      values.push_back(choice.value);
      names.emplace_back(choice.name, choice.help);
    }
  }
  void read(const toml::node& node, E& out, const Scope& scope) const {
    if (const auto index = read_choice(node, names, scope)) out = values[*index];
  }
  std::optional<Value> write(const E& value) const {
    for (std::size_t i = 0; i < values.size(); ++i)
      if (values[i] == value) return Value{names[i].first};
    return std::nullopt;
  }
  void describe(KeyInfo& info, const E&) const {
    info.type = "choice";
    info.choices = names;
  }
};

/// A table below, read over the values that the member has already.
template <class S>
struct TableType {
  using Member = S;
  std::shared_ptr<const SchemaCore> schema;

  void read(const toml::node& node, S& out, const Scope& scope) const {
    schema->read(&out, node, scope);
  }
  std::optional<Value> write(const S& value) const { return schema->write(&value); }
  void describe(KeyInfo& info, const S& defaults) const {
    info.type = "table";
    info.form = Form::kTable;
    info.children = schema->describe(&defaults);
    info.default_value.clear();
  }
};

/// A member that may be left out; an engaged default would have no way to be switched off, so there
/// is none.
template <class Type>
struct OptionalType {
  using Member = std::optional<typename Type::Member>;
  Type type;

  void read(const toml::node& node, Member& out, const Scope& scope) const {
    const std::size_t faults_before = scope.diagnostics.size();
    typename Type::Member value{};
    type.read(node, value, scope);
    if (scope.diagnostics.size() == faults_before) out = std::move(value);
  }
  std::optional<Value> write(const Member& value) const {
    return value ? type.write(*value) : std::nullopt;
  }
  void describe(KeyInfo& info, const Member& defaults) const {
    type.describe(info, defaults ? *defaults : typename Type::Member{});
    info.optional = true;
  }
};

/// Nodes of a table in the order in which the user wrote them; those of the command line come last.
std::vector<std::pair<std::string, const toml::node*>> in_file_order(const toml::table& table,
                                                                     const Document& document);

/// Whether a name may stand in a table of names: one of the allowed, or [A-Za-z_][A-Za-z0-9_]* if
/// none are listed.
bool check_name(const std::string& name, const Names& allowed, const toml::node& node,
                const Scope& scope);

/// Tables (or shorthands) that the user names: [regimes.x]. Writing the key at all replaces the
/// default list.
template <class S>
struct NamedType {
  using Member = std::vector<std::pair<std::string, S>>;
  std::shared_ptr<const SchemaCore> schema;
  Names allowed;

  void read(const toml::node& node, Member& out, const Scope& scope) const {
    const toml::table* table = node.as_table();
    if (!table) return scope.fail(node, "expected a table, got " + show(node));
    Member list;
    for (const auto& [name, item] : in_file_order(*table, scope.document)) {
      const Scope at = scope.at(name);
      if (!check_name(name, allowed, *item, at)) continue;
      list.emplace_back(name, S{});
      schema->read(&list.back().second, *item, at);
    }
    out = std::move(list);
  }
  std::optional<Value> write(const Member& list) const {
    ValueTable table;
    for (const auto& [name, value] : list) table.entries.push_back({name, schema->write(&value)});
    return Value{std::move(table)};
  }
  void describe(KeyInfo& info, const Member&) const {
    const S defaults{};
    info.type = "named tables";
    info.form = Form::kNamed;
    info.choices = allowed;
    info.children = schema->describe(&defaults);
    if (info.default_value == "{}") info.default_value.clear();
  }
};

}  // namespace gbid::config
