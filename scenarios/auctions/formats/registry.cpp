// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/formats/registry.hpp"

#include <algorithm>

#include "engine/config/schema.hpp"

namespace gbid::auctions {
namespace {

template <class Format>
config::Schema<Format> schema_of() {
  config::Schema<Format> schema(Format::kEntry.name, Format::kEntry.help);
  Format::keys(schema);
  return schema;
}

template <class... Formats>
void add_kinds(config::Kinds<Formats...>& kinds) {
  (kinds.kind(Formats::kEntry.name, schema_of<Formats>(), Formats::kEntry.help), ...);
}

}  // namespace

const OverFormats<config::Kinds>& format_kinds() {
  static const auto kinds = [] {
    OverFormats<config::Kinds> all;
    add_kinds(all);
    return all;
  }();
  return kinds;
}

const FormatEntry& entry_of(const FormatConfig& config) {
  return std::visit([](const auto& format) -> const FormatEntry& { return format.kEntry; }, config);
}

double money_unit(const std::vector<Prior>& priors) {
  double highest = 0.0;
  for (const Prior& prior : priors) highest = std::max(highest, prior.high());
  return highest;
}

std::unique_ptr<const Format> make_format(const FormatConfig& config,
                                          const std::vector<Prior>& priors, ArrayLoader& loader) {
  const double unit = money_unit(priors);
  std::vector<Prior> in_unit;
  for (const Prior& prior : priors) in_unit.push_back(prior.in_unit(unit));
  return std::visit(
      [&](auto format) {
        if constexpr (requires { format.count_in(unit); }) format.count_in(unit);
        return format.make(in_unit, loader);
      },
      config);
}

}  // namespace gbid::auctions
