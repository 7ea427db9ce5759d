// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "engine/config/kinds.hpp"
#include "engine/config/member_field.hpp"
#include "engine/config/scalars.hpp"
#include "engine/config/schema_core.hpp"
#include "engine/config/template_text.hpp"

namespace gbid::config {

/// One declaration per key of a plain struct C whose default member initialisers are the defaults.
/// From it follow reading with range checks, the resolved text, templates, lists and "did you
/// mean".
///
///     struct AdamConfig { double rate = 0.001; std::int64_t warmup_steps = 0; };
///     Schema<AdamConfig> adam = Schema<AdamConfig>("adam", "Adam (Kingma and Ba, 2015)")
///         .number("rate", &AdamConfig::rate, {.min = 0, .min_open = true}, "step size")
///         .integer("warmup_steps", &AdamConfig::warmup_steps, {.min = 0}, "steps of warm-up");
///
/// Sub-schemas are copied, so they need not outlive the call. Mistakes of the declaration itself (a
/// key twice) are std::logic_error. Reading is const and may run in several threads, each with its
/// own Diagnostics.
template <class C>
class Schema {
 public:
  Schema(std::string_view name, std::string_view help) : core_(SchemaCore::make(name, help)) {}
  Schema(const Schema& other) : core_(other.core_->copy()) {}
  Schema(Schema&&) noexcept = default;
  Schema& operator=(Schema other) noexcept {
    core_.swap(other.core_);
    return *this;
  }
  ~Schema() = default;

  template <std::integral T>
  Schema& integer(std::string_view key, T C::*m, IntRange r, std::string_view help) {
    return add(key, help, m, IntegerType<T>{r});
  }
  template <std::integral T>
  Schema& integer(std::string_view key, std::optional<T> C::*m, IntRange r, std::string_view help) {
    return add_optional(key, help, m, IntegerType<T>{r});
  }
  Schema& number(std::string_view key, double C::*m, Range r, std::string_view help) {
    return add(key, help, m, NumberType{r});
  }
  Schema& number(std::string_view key, std::optional<double> C::*m, Range r,
                 std::string_view help) {
    return add_optional(key, help, m, NumberType{r});
  }
  Schema& boolean(std::string_view key, bool C::*m, std::string_view help) {
    return add(key, help, m, BooleanType{});
  }
  Schema& text(std::string_view key, std::string C::*m, std::string_view help) {
    return add(key, help, m, TextType{});
  }
  Schema& text(std::string_view key, std::optional<std::string> C::*m, std::string_view help) {
    return add_optional(key, help, m, TextType{});
  }
  /// A path; the member holds it relative to Document::directory(), wherever the user gave it.
  Schema& file(std::string_view key, std::string C::*m, std::string_view help) {
    return add(key, help, m, FileType{});
  }
  Schema& integer_list(std::string_view key, std::vector<std::int64_t> C::*m, IntRange each,
                       std::string_view help) {
    return add(key, help, m, IntegerListType{each});
  }
  Schema& number_list(std::string_view key, std::vector<double> C::*m, Range each,
                      std::string_view help) {
    return add(key, help, m, NumberListType{each});
  }
  /// @param allowed  empty: any text.
  Schema& text_list(std::string_view key, std::vector<std::string> C::*m,
                    const std::vector<Choice<std::string>>& allowed, std::string_view help) {
    return add(key, help, m, TextListType{names_of(allowed)});
  }
  Schema& text_list(std::string_view key, std::optional<std::vector<std::string>> C::*m,
                    const std::vector<Choice<std::string>>& allowed, std::string_view help) {
    return add_optional(key, help, m, TextListType{names_of(allowed)});
  }
  template <class E>
  Schema& choice(std::string_view key, E C::*m, const std::vector<Choice<E>>& choices,
                 std::string_view help) {
    static_assert(std::is_enum_v<E> && sizeof(E) == sizeof(int));
    std::vector<int> values;
    Names names;
    for (const Choice<E>& choice : choices) {
      values.push_back(static_cast<int>(choice.value));
      names.emplace_back(choice.name, choice.help);
    }
    core_->add(std::make_unique<ChoiceField>(key, help, offset_of(m), std::move(values),
                                             std::move(names)));
    return *this;
  }
  /// A table below; its defaults are those of the member, which may differ from S{}.
  template <class S>
  Schema& table(std::string_view key, S C::*m, const Schema<S>& sub, std::string_view help) {
    return add(key, help, m, TableType<S>{sub.core()});
  }
  template <class S>
  Schema& optional_table(std::string_view key, std::optional<S> C::*m, const Schema<S>& sub,
                         std::string_view help) {
    return add_optional(key, help, m, TableType<S>{sub.core()});
  }
  /// Entries that the user names, in the order of the file; writing the key replaces the default
  /// list.
  /// @param allowed_names  empty: any [A-Za-z_][A-Za-z0-9_]*.
  template <class S>
  Schema& named(std::string_view key, std::vector<std::pair<std::string, S>> C::*m,
                const Schema<S>& sub, const std::vector<Choice<std::string>>& allowed_names,
                std::string_view help, bool is_written_empty = true) {
    return add(key, help, m, NamedType<S>{sub.core(), names_of(allowed_names), is_written_empty});
  }
  template <class... A>
  Schema& one_of(std::string_view key, std::variant<A...> C::*m, const Kinds<A...>& kinds,
                 std::string_view help) {
    return add(key, help, m, KindsType<A...>{kinds});
  }
  template <class... A>
  Schema& optional_one_of(std::string_view key, std::optional<std::variant<A...>> C::*m,
                          const Kinds<A...>& kinds, std::string_view help) {
    return add_optional(key, help, m, KindsType<A...>{kinds, false});
  }
  /// A key that another schema reads: known here, but neither read nor written.
  Schema& elsewhere(std::string_view key, std::string_view help) {
    core_->add(std::make_unique<ElsewhereField>(std::string(key), std::string(help)));
    return *this;
  }

  /// The key must be present.
  Schema& required(const std::string& key) {
    core_->require(key);
    return *this;
  }
  /// Wherever this schema is a table, a bare number sets this member. Declare its key first.
  Schema& number_shorthand(double C::*m) {
    core_->set_shorthand(&defaults(), &(defaults().*m));
    return *this;
  }
  /// Runs on a table whose keys were read without an error.
  Schema& check(std::function<void(const C&, const Checker&)> check) {
    core_->add_check([check = std::move(check)](const void* object, const Checker& checker) {
      check(*static_cast<const C*>(object), checker);
    });
    return *this;
  }

  /// @param path  dotted key of the table, empty for the root.  Faults go to the diagnostics; what
  /// they concern keeps its default.
  C read(const toml::table& table, const Document& document, const std::string& path,
         Diagnostics& diagnostics) const {
    C config{};
    core_->read_table(&config, table, table, Scope{document, diagnostics, path});
    return config;
  }
  /// The whole document.  @throws ScenarioError with all its faults.
  C read(const Document& document) const {
    Diagnostics diagnostics;
    diagnostics.set_options(document.options());
    C config = read(document.root(), document, "", diagnostics);
    diagnostics.throw_if_any();
    return config;
  }

  /// Every key with its value; reading it again gives an equal struct.
  void write(const C& config, toml::table& table) const {
    to_toml_table(core_->write_table(&config), table);
  }
  /// The same in the order of declaration, for output in that order.
  ValueTable write(const C& config) const { return core_->write_table(&config); }
  /// The same as a document, in the order of declaration: scalars first, then [tables].
  std::string to_toml(const C& config) const { return format_document(write(config)); }

  std::vector<KeyInfo> describe() const { return core_->describe(&defaults()); }

  /// A document in which every key is explained; a key that has its default value is commented out.
  std::string commented(const C& config) const {
    return template_text(core_->help(), describe(), core_->write_table(&config),
                         core_->write_table(&defaults()));
  }

  const std::string& name() const { return core_->name(); }
  const std::string& help() const { return core_->help(); }
  /// A copy of the untyped part, for schemas that contain this one.
  std::shared_ptr<const SchemaCore> core() const { return core_->copy(); }

 private:
  template <class Type>
  Schema& add(std::string_view key, std::string_view help, typename Type::Member C::*m, Type type) {
    add_field(*core_, key, help, offset_of(m), std::move(type));
    return *this;
  }
  template <class Type>
  Schema& add_optional(std::string_view key, std::string_view help,
                       std::optional<typename Type::Member> C::*m, Type type) {
    return add(key, help, m, OptionalType<Type>{std::move(type)});
  }
  static const C& defaults() {
    static const C object{};
    return object;
  }
  template <class Member>
  static std::size_t offset_of(Member C::*m) {
    return static_cast<std::size_t>(reinterpret_cast<const char*>(&(defaults().*m)) -
                                    reinterpret_cast<const char*>(&defaults()));
  }
  static Names names_of(const std::vector<Choice<std::string>>& choices) {
    Names names;
    for (const auto& choice : choices) names.emplace_back(choice.name, choice.help);
    return names;
  }

  std::shared_ptr<SchemaCore> core_;
};

}  // namespace gbid::config
