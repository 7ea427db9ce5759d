// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "scenarios/loading/registry.hpp"
#include "scenarios/loading/scenario.hpp"

namespace gbid::test {

inline bool is_data_market(const std::string& text) {
  return text.find("[market.data") != std::string::npos ||
         text.find("\ndata = ") != std::string::npos;
}

/// The example of a structure, made small: 12 steps, a record every 4.
inline Scenario small(const StructureEntry& entry, const std::vector<std::string>& more = {}) {
  const std::string text = scenario_schema().to_toml(example_of(entry));
  config::Document document = config::Document::from_text(text, entry.name, ".");
  for (const char* set : {"trials=1", "steps=12", "record.every=4"}) document.set(set);
  if (is_data_market(text))
    for (const char* set :
         {"market.data={kind=\"synthetic\",train=100,held_out=20}", "market.batch=10"})
      document.set(set);
  for (const std::string& set : more) document.set(set);
  return Scenario::load(document);
}

/// Bit by bit, but that NaN equals NaN.
inline bool is_same(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](double x, double y) {
           return x == y || (x != x && y != y);
         });
}

}  // namespace gbid::test
