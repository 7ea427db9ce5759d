// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/simulation/state.hpp"

#include "engine/core/error.hpp"

namespace gbid {

State::Entry& State::insert(const ArraySpec& spec) {
  if (has(spec.name())) throw Error(ExitCode::kInternal, "two arrays named " + spec.name());
  entries_.push_back({spec, {}, {}, {}, {}});
  return entries_.back();
}

std::size_t State::find(std::string_view name) const {
  return static_cast<std::size_t>(
      std::find_if(entries_.begin(), entries_.end(),
                   [&](const Entry& entry) { return entry.spec.name() == name; }) -
      entries_.begin());
}

std::size_t State::index(std::string_view name) const {
  const std::size_t at = find(name);
  if (at == size()) throw Error(ExitCode::kInternal, "no array named " + std::string(name));
  return at;
}

std::vector<std::size_t> State::recorded(const std::vector<std::string>& names,
                                         Recorded when) const {
  std::vector<std::size_t> found;
  for (const std::string& name : names)
    for (std::size_t k = 0; k < size(); ++k)
      if (spec(k).recorded == when && spec(k).recorded_as() == name) found.push_back(k);
  return found;
}

double State::bytes() const {
  double total = 0.0;
  for (const Entry& entry : entries_)
    if (entry.spec.role != Role::kDerived) total += entry.bytes();
  return total;
}

std::string State::save() const {
  std::string out;
  for (const Entry& entry : entries_) {
    if (entry.spec.role == Role::kDerived) continue;
    std::string values;
    entry.save(values);
    const Index lengths[] = {static_cast<Index>(entry.spec.name().size()),
                             static_cast<Index>(values.size())};
    append(out, lengths, 2);
    out += entry.spec.name();
    out += values;
  }
  return out;
}

void State::load(std::string_view saved) {
  for (const Entry& entry : entries_) {
    if (entry.spec.role == Role::kDerived) continue;
    Index lengths[2] = {};
    take(saved, lengths, 2);
    const std::string& name = entry.spec.name();
    require(lengths[0] == static_cast<Index>(name.size()) && saved.starts_with(name));
    saved.remove_prefix(name.size());
    require(lengths[1] >= 0 && static_cast<std::size_t>(lengths[1]) <= saved.size());
    std::string_view values = saved.substr(0, static_cast<std::size_t>(lengths[1]));
    saved.remove_prefix(values.size());
    entry.load(values);
    require(values.empty());
  }
  require(saved.empty());
}

void State::require(bool is_whole) {
  if (!is_whole) throw DataError("expected the state of a market of the same kind and size");
}

}  // namespace gbid
