// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/config/schema_core.hpp"

#include <stdexcept>
#include <utility>

#include "engine/config/suggestion.hpp"

namespace gbid::config {

KeyInfo ElsewhereField::describe(const void*) const {
  KeyInfo info;
  info.key = key();
  info.type = "table";
  info.help = help();
  info.form = Form::kElsewhere;
  return info;
}

std::shared_ptr<SchemaCore> SchemaCore::make(std::string_view name, std::string_view help) {
  return std::make_shared<SchemaCore>(name, help);
}

std::shared_ptr<SchemaCore> SchemaCore::copy() const { return std::make_shared<SchemaCore>(*this); }

void SchemaCore::add(std::unique_ptr<const Field> field) {
  if (find(field->key())) throw std::logic_error(name_ + ": key declared twice: " + field->key());
  slots_.push_back({std::move(field), false});
}

void SchemaCore::require(const std::string& key) {
  for (Slot& slot : slots_) {
    if (slot.field->key() != key) continue;
    slot.is_required = true;
    return;
  }
  throw std::logic_error(name_ + ": required key is not declared: " + key);
}

const Field& SchemaCore::field_at(const void* object, const void* address) const {
  for (const Slot& slot : slots_)
    if (slot.field->address_in(object) == address) return *slot.field;
  throw std::logic_error(name_ + ": a shorthand names a member that no key declares");
}

void SchemaCore::set_shorthand(const void* object, const void* address) {
  shorthand_ = &field_at(object, address);
}

const Field* SchemaCore::find(std::string_view key) const {
  for (const Slot& slot : slots_)
    if (slot.field->key() == key) return slot.field.get();
  return nullptr;
}

void SchemaCore::read(void* object, const toml::node& node, const Scope& scope) const {
  if (const toml::table* table = node.as_table()) return read_table(object, *table, node, scope);
  if (shorthand_ && node.is_number()) return read_shorthand(object, *shorthand_, node, scope);
  scope.fail(node, std::string("expected a table") + (shorthand_ ? " or a number" : "") + ", got " +
                       show(node));
}

void SchemaCore::read_shorthand(void* object, const Field& field, const toml::node& node,
                                const Scope& scope) const {
  const std::size_t faults_before = scope.diagnostics.size();
  field.read(object, node, scope);
  for (const Slot& slot : slots_)
    if (slot.is_required && slot.field.get() != &field)
      scope.fail(node, "a bare number leaves out the required key " + slot.field->key());
  if (scope.diagnostics.size() > faults_before) return;
  const toml::table nothing;
  for (const Check& check : checks_) check(object, Checker(nothing, node, scope));
}

void SchemaCore::read_table(void* object, const toml::table& table, const toml::node& place,
                            const Scope& scope, const std::string& known_elsewhere) const {
  const std::size_t faults_before = scope.diagnostics.size();
  for (auto&& [key, node] : table)
    if (!find(key.str()) && key.str() != known_elsewhere) unknown_key(key, scope, known_elsewhere);
  for (const Slot& slot : slots_) {
    const Scope at = scope.at(slot.field->key());
    if (const toml::node* node = table.get(slot.field->key()))
      slot.field->read(object, *node, at);
    else if (slot.is_required)
      at.fail(place, "missing; expected " + expectation(slot.field->describe(object)));
  }
  // A check may rely on every key being sound, so it would only repeat faults that are known
  // already.
  if (scope.diagnostics.size() > faults_before) return;
  for (const Check& check : checks_) check(object, Checker(table, place, scope));
}

void SchemaCore::unknown_key(const toml::key& key, const Scope& scope,
                             const std::string& known_elsewhere) const {
  std::vector<std::string> names;
  std::vector<std::pair<std::string, std::string>> known;
  if (!known_elsewhere.empty()) names.push_back(known_elsewhere);
  for (const Slot& slot : slots_) names.push_back(slot.field->key());
  for (const std::string& name : names) known.emplace_back(name, "");
  const std::string list = known.empty() ? "no keys are known here" : "known: " + name_list(known);
  scope.diagnostics.add(scope.document.where(key), scope.at(excerpt(key.str())).path,
                        "unknown key" + did_you_mean(key.str(), names) + " (" + list + ")");
}

Value SchemaCore::write(const void* object) const {
  if (shorthand_ && slots_.size() == 1)
    if (auto value = shorthand_->write(object)) return *value;
  return Value{write_table(object)};
}

ValueTable SchemaCore::write_table(const void* object) const {
  ValueTable table;
  for (const Slot& slot : slots_)
    if (auto value = slot.field->write(object))
      table.entries.push_back({slot.field->key(), std::move(*value)});
  return table;
}

std::vector<KeyInfo> SchemaCore::describe(const void* defaults) const {
  std::vector<KeyInfo> infos;
  for (const Slot& slot : slots_) {
    infos.push_back(slot.field->describe(defaults));
    infos.back().required = slot.is_required;
  }
  return infos;
}

}  // namespace gbid::config
