// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <span>

#include "scenarios/bid_matrix/config.hpp"
#include "scenarios/bid_matrix/game.hpp"
#include "scenarios/bid_matrix/term.hpp"

namespace gbid::bid_matrix {

/// One line per term: all that the market, the schema, the recorder and `gbid list` know of it.
struct TermEntry {
  const char* name;       ///< its key under [market.payoff], and of its recorded values
  const char* help;       ///< what `gbid list terms` says
  const char* long_name;  ///< what the file says
  const char* units;
  bool (*needs_interranking)(const MarketConfig&);  ///< whether it looks at Q
  std::unique_ptr<Term> (*make)(const MarketConfig&, const Game&);
  /// Whether the term is the softmax, over agents, of what its `value` gives: the market then takes
  /// the softmax of the values and chains the gradient through it. Null: never.
  bool (*is_softmax)(const MarketConfig&) = nullptr;
  bool is_utility = false;  ///< what the objective mean_utility and the array mean_utility count

  bool is_softmax_over_agents(const MarketConfig& market) const {
    return is_softmax && is_softmax(market);
  }
};

std::span<const TermEntry> term_registry();

/// The entry of a name; the names come from a checked scenario.
const TermEntry& term_entry(const std::string& name);

}  // namespace gbid::bid_matrix
