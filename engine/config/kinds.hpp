// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "engine/config/member_field.hpp"

namespace gbid::config {

template <class C>
class Schema;

/// The part of a set of kinds that does not depend on their structs. A kind's slot is the index of
/// its struct in the variant.
class KindsCore {
 public:
  struct Kind {
    std::string name, help;
    std::shared_ptr<const SchemaCore> schema;
    std::size_t slot = 0;
    std::vector<std::string> telling_keys = {};
    const Field* number = nullptr;  ///< what a bare number means, if it means this kind
  };

  void set_tag(std::string tag) { tag_ = std::move(tag); }
  const std::string& tag() const { return tag_; }
  void add(Kind kind);
  Kind& at_slot(std::size_t slot) { return kinds_[index_of(slot)]; }
  const Kind& at_slot(std::size_t slot) const { return kinds_[index_of(slot)]; }
  const std::vector<Kind>& all() const { return kinds_; }

  /// Which kind the node means; a fault and nothing if it is unclear.
  /// @param fallback  the kind of a table that names none.
  const Kind* resolve(const toml::node& node, std::optional<std::size_t> fallback,
                      const Scope& scope) const;
  /// Reads the keys of a resolved kind into its struct.
  void read(const Kind& kind, void* object, const toml::node& node, const Scope& scope) const;

  /// "adam" | 0.3 | { kind = "adam", rate = 0.05 }
  Value write(std::size_t slot, const void* object) const;
  Names names() const;

 private:
  std::size_t index_of(std::size_t slot) const;
  const Kind* by_name(const toml::node& node, const Scope& scope) const;

  std::string tag_ = "kind";
  std::vector<Kind> kinds_;
};

/// Several structs of which a key holds one: "adam" | { kind = "adam", rate = 0.05 } | where
/// declared, a bare number or a table with a key of one kind only. A table that names none means the
/// default kind.
template <class... A>
class Kinds {
 public:
  template <class T>
  Kinds& kind(std::string name, const Schema<T>& schema, std::string help) {
    core_.add({std::move(name), std::move(help), schema.core(), slot_of<T>()});
    return *this;
  }

  /// A bare number means kind T with that member set; declare the kind first.
  template <class T>
  Kinds& number_means(double T::*member) {
    const T object{};
    KindsCore::Kind& kind = core_.at_slot(slot_of<T>());
    kind.number = &kind.schema->field_at(&object, &(object.*member));
    return *this;
  }

  /// A table without a kind that has this key means kind T; declare the kind first.
  template <class T>
  Kinds& key_means(std::string key) {
    core_.at_slot(slot_of<T>()).telling_keys.push_back(std::move(key));
    return *this;
  }

  /// The key that names the kind, if not "kind": [market] structure = "bid_matrix".
  Kinds& tag(std::string key) {
    core_.set_tag(std::move(key));
    return *this;
  }

  const KindsCore& core() const { return core_; }

  /// One KeyInfo per kind, whose children are the kind's keys.
  std::vector<KeyInfo> describe() const { return describe(nullptr); }

  /// The same, with the values of `defaults` for its kind.
  std::vector<KeyInfo> describe(const std::variant<A...>* defaults) const {
    std::vector<KeyInfo> infos;
    for (const KindsCore::Kind& kind : core_.all()) {
      KeyInfo info;
      info.key = kind.name;
      info.type = "kind";
      info.help = kind.help;
      info.form = Form::kKind;
      std::variant<A...> value = starting_point(kind.slot, defaults);
      info.children = kind.schema->describe(address(value));
      infos.push_back(std::move(info));
    }
    return infos;
  }

  /// The struct of that slot with its defaults: those of `defaults` if it holds that kind.
  static std::variant<A...> starting_point(std::size_t slot, const std::variant<A...>* defaults) {
    if (defaults && defaults->index() == slot) return *defaults;
    std::variant<A...> value;
    std::size_t index = 0;
    ((index++ == slot ? void(value.template emplace<A>()) : void()), ...);
    return value;
  }
  static void* address(std::variant<A...>& value) {
    return std::visit([](auto& held) -> void* { return &held; }, value);
  }

 private:
  template <class T>
  static constexpr std::size_t slot_of() {
    static_assert((std::is_same_v<T, A> + ...) == 1, "a kind is exactly one of the structs");
    std::size_t index = 0, found = 0;
    ((std::is_same_v<T, A> ? void(found = index++) : void(index++)), ...);
    return found;
  }

  KindsCore core_;
};

/// A member that holds one of several structs.
template <class... A>
struct KindsType {
  using Member = std::variant<A...>;
  Kinds<A...> kinds;
  bool has_default =
      true;  ///< whether the member's default gives the kind of a table that names none

  void read(const toml::node& node, Member& out, const Scope& scope) const {
    const auto fallback = has_default ? std::optional(out.index()) : std::nullopt;
    const KindsCore::Kind* kind = kinds.core().resolve(node, fallback, scope);
    if (!kind) return;
    Member value = Kinds<A...>::starting_point(kind->slot, has_default ? &out : nullptr);
    kinds.core().read(*kind, Kinds<A...>::address(value), node, scope);
    out = std::move(value);
  }
  std::optional<Value> write(const Member& value) const {
    const void* held = std::visit([](const auto& x) -> const void* { return &x; }, value);
    return kinds.core().write(value.index(), held);
  }
  void describe(KeyInfo& info, const Member& defaults) const {
    info.type = "one of";
    info.form = Form::kOneOf;
    info.tag = kinds.core().tag();
    info.choices = kinds.core().names();
    info.children = kinds.describe(has_default ? &defaults : nullptr);
  }
};

}  // namespace gbid::config
