// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/config/scalars.hpp"
#include "engine/config/schema_core.hpp"

namespace gbid::config {

/// A key whose member lies at a fixed distance from the beginning of its struct. Nothing here is
/// compiled again for every struct.
class PlacedField : public Field {
 public:
  PlacedField(std::string_view key, std::string_view help, std::size_t offset)
      : Field(std::string(key), std::string(help)), offset_(offset) {}

  const void* address_in(const void* object) const final {
    return static_cast<const char*>(object) + offset_;
  }
  void* address_in(void* object) const { return static_cast<char*>(object) + offset_; }
  KeyInfo describe(const void* defaults) const final;

 protected:
  virtual void describe_member(KeyInfo& info, const void* member) const = 0;

 private:
  std::size_t offset_;
};

/// Binds a type (how to read, write and describe) to a member.
template <class Type>
class MemberField final : public PlacedField {
 public:
  using Member = typename Type::Member;

  MemberField(std::string_view key, std::string_view help, std::size_t offset, Type type)
      : PlacedField(key, help, offset), type_(std::move(type)) {}

  void read(void* object, const toml::node& node, const Scope& scope) const override {
    type_.read(node, *static_cast<Member*>(address_in(object)), scope);
  }
  std::optional<Value> write(const void* object) const override {
    return type_.write(*static_cast<const Member*>(address_in(object)));
  }

 protected:
  void describe_member(KeyInfo& info, const void* member) const override {
    type_.describe(info, *static_cast<const Member*>(member));
  }

 private:
  Type type_;
};

template <class Type>
void add_field(SchemaCore& core, std::string_view key, std::string_view help, std::size_t offset,
               Type type) {
  core.add(std::make_unique<MemberField<Type>>(key, help, offset, std::move(type)));
}

/// One of an enumeration, by name; the values are those of the enumeration as integers.
class ChoiceField final : public PlacedField {
 public:
  ChoiceField(std::string_view key, std::string_view help, std::size_t offset,
              std::vector<int> values, Names names)
      : PlacedField(key, help, offset), values_(std::move(values)), names_(std::move(names)) {}

  void read(void* object, const toml::node& node, const Scope& scope) const override;
  std::optional<Value> write(const void* object) const override;

 protected:
  void describe_member(KeyInfo& info, const void* member) const override;

 private:
  std::vector<int> values_;
  Names names_;
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
  bool is_written_empty = true;

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
    if (list.empty() && !is_written_empty) return std::nullopt;
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

// What many schemas use is compiled once, in member_field.cpp.
extern template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t,
                               NumberType);
extern template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t,
                               BooleanType);
extern template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t,
                               TextType);
extern template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t,
                               FileType);
extern template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t,
                               IntegerListType);
extern template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t,
                               NumberListType);
extern template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t,
                               TextListType);
extern template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t,
                               IntegerType<std::int64_t>);
extern template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t,
                               OptionalType<NumberType>);
extern template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t,
                               OptionalType<TextType>);
extern template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t,
                               OptionalType<TextListType>);
extern template void add_field(SchemaCore&, std::string_view, std::string_view, std::size_t,
                               OptionalType<IntegerType<std::int64_t>>);

}  // namespace gbid::config
