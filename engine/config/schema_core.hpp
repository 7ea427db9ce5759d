// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/key_info.hpp"
#include "engine/config/scope.hpp"
#include "engine/config/value.hpp"

namespace gbid::config {

/// One declared key of a table, with the type of the struct behind it erased.
class Field {
 public:
  Field(std::string key, std::string help) : key_(std::move(key)), help_(std::move(help)) {}
  virtual ~Field() = default;
  Field(const Field&) = delete;
  Field& operator=(const Field&) = delete;

  const std::string& key() const { return key_; }
  const std::string& help() const { return help_; }

  /// Reads the node into the object; faults go to the scope, which already stands at this key.
  virtual void read(void* object, const toml::node& node, const Scope& scope) const = 0;
  /// Nothing where an optional member is empty.
  virtual std::optional<Value> write(const void* object) const = 0;
  virtual KeyInfo describe(const void* defaults) const = 0;
  /// Where the member of this field lies in the object.
  virtual const void* address_in(const void* object) const = 0;

 private:
  std::string key_;
  std::string help_;
};

/// A key that another schema reads.
class ElsewhereField final : public Field {
 public:
  using Field::Field;
  void read(void*, const toml::node&, const Scope&) const override {}
  std::optional<Value> write(const void*) const override { return std::nullopt; }
  KeyInfo describe(const void*) const override;
  const void* address_in(const void*) const override { return nullptr; }
};

/// The part of a schema that does not depend on the struct: the table of declared keys and the
/// walks over it.
class SchemaCore {
 public:
  using Check = std::function<void(const void*, const Checker&)>;

  SchemaCore(std::string_view name, std::string_view help) : name_(name), help_(help) {}
  static std::shared_ptr<SchemaCore> make(std::string_view name, std::string_view help);
  std::shared_ptr<SchemaCore> copy() const;

  void add(std::unique_ptr<const Field> field);
  void require(const std::string& key);
  /// A bare number means the field whose member lies at that address of the object.
  void set_shorthand(const void* object, const void* address);
  void add_check(Check check) { checks_.push_back(std::move(check)); }

  const std::string& name() const { return name_; }
  const std::string& help() const { return help_; }

  /// From a table, or from a bare number where a shorthand is declared.
  void read(void* object, const toml::node& node, const Scope& scope) const;

  /// From a table; `place` is where faults of the whole table go.
  /// @param known_elsewhere  a key that the caller has read already, e.g. "kind"; may be empty.
  void read_table(void* object, const toml::table& table, const toml::node& place,
                  const Scope& scope, const std::string& known_elsewhere = {}) const;

  /// The member that a bare number stands for.
  void read_shorthand(void* object, const Field& field, const toml::node& node,
                      const Scope& scope) const;

  /// All keys in the order of declaration; a bare number where that says everything.
  Value write(const void* object) const;
  ValueTable write_table(const void* object) const;

  std::vector<KeyInfo> describe(const void* defaults) const;

  const Field& field_at(const void* object, const void* address) const;
  const Field* find(std::string_view key) const;
  std::size_t size() const { return slots_.size(); }

 private:
  struct Slot {
    std::shared_ptr<const Field> field;
    bool is_required = false;
  };

  void unknown_key(const toml::key& key, const Scope& scope,
                   const std::string& known_elsewhere) const;

  std::string name_;
  std::string help_;
  std::vector<Slot> slots_;
  const Field* shorthand_ = nullptr;  ///< lives in slots_
  std::vector<Check> checks_;
};

}  // namespace gbid::config
