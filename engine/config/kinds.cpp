// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/config/kinds.hpp"

#include <algorithm>
#include <stdexcept>

namespace gbid::config {
namespace {

/// Whether everything in the table is short enough to stand on one line.
bool is_flat(const ValueTable& table) {
  return std::all_of(table.entries.begin(), table.entries.end(), [](const Entry& entry) {
    const ValueTable* below = entry.value.table();
    return !below || below->is_inline;
  });
}

}  // namespace

void KindsCore::add(Kind kind) {
  for (const Kind& other : kinds_)
    if (other.name == kind.name || other.slot == kind.slot)
      throw std::logic_error("kind declared twice: " + kind.name);
  kinds_.push_back(std::move(kind));
}

std::size_t KindsCore::index_of(std::size_t slot) const {
  for (std::size_t i = 0; i < kinds_.size(); ++i)
    if (kinds_[i].slot == slot) return i;
  throw std::logic_error("a struct of the variant has no kind");
}

Names KindsCore::names() const {
  Names names;
  for (const Kind& kind : kinds_) names.emplace_back(kind.name, kind.help);
  return names;
}

const KindsCore::Kind* KindsCore::by_name(const toml::node& node, const Scope& scope) const {
  const auto index = read_choice(node, names(), scope);
  return index ? &kinds_[*index] : nullptr;
}

const KindsCore::Kind* KindsCore::resolve(const toml::node& node,
                                          std::optional<std::size_t> fallback,
                                          const Scope& scope) const {
  if (node.is_string()) return by_name(node, scope);
  if (node.is_number())
    for (const Kind& kind : kinds_)
      if (kind.number) return &kind;
  const toml::table* table = node.as_table();
  if (!table) {
    scope.fail(node, "expected one of " + name_list(names()) + ", got " + show(node));
    return nullptr;
  }
  if (const toml::node* tag = table->get(tag_)) return by_name(*tag, scope.at(tag_));
  for (const Kind& kind : kinds_)
    for (const std::string& key : kind.telling_keys)
      if (table->contains(key)) return &kind;
  if (fallback) return &at_slot(*fallback);
  scope.fail(node, "expected " + tag_ + " = one of " + name_list(names()) +
                       ", got a table without " + tag_);
  return nullptr;
}

void KindsCore::read(const Kind& kind, void* object, const toml::node& node,
                     const Scope& scope) const {
  if (const toml::table* table = node.as_table())
    return kind.schema->read_table(object, *table, node, scope, tag_);
  if (node.is_number()) return kind.schema->read_shorthand(object, *kind.number, node, scope);
  kind.schema->read_table(object, toml::table{}, node, scope, tag_);
}

Value KindsCore::write(std::size_t slot, const void* object) const {
  const Kind& kind = at_slot(slot);
  ValueTable table = kind.schema->write_table(object);
  if (table.entries.empty()) return Value{kind.name};
  if (kind.number && kind.schema->size() == 1) return table.entries[0].value;
  table.entries.insert(table.entries.begin(), {tag_, Value{kind.name}});
  table.is_inline = is_flat(table);
  return Value{std::move(table)};
}

}  // namespace gbid::config
