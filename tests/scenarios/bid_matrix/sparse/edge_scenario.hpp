// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <map>
#include <string>
#include <vector>

#include "scenarios/loading/scenario.hpp"

namespace gbid::test {

/// A market on a graph that can be held as a matrix and as edges, one regime, everything recorded that
/// both record.
inline Scenario edge_scenario(const std::string& storage, const std::vector<std::string>& more) {
  config::Document document = config::Document::from_text(R"(
trials = 1
steps = 60
[market]
structure = "bid_matrix"
agents = 50
graph = { kind = "random_out", links = 5 }
alpha = { kind = "random", low = 0.5, high = 1.5 }
payoff = { utility = 1.0, ranking = { weight = 20.0, by = "alpha" } }
[market.bids]
shift = "column_mean"
[market.utility]
contribution = "random_bids"
[regimes.play]
objective = "mean_payoff"
[record]
every = 10
trajectory = ["payoff", "utility", "ranking", "weighted_ranking", "mean_utility", "self_bid", "price",
              "mask_density", "dead_gradient_share", "updates"]
final = ["bids", "raw_bids", "mask"]
)",
                                                          "edges", ".");
  document.set("market.storage=" + storage);
  for (const std::string& set : more) document.set(set);
  return Scenario::load(document);
}

inline const char* const kMatrix = "\"matrix\"";
/// So exact that what is left of the errors is below what steps make of rounding.
inline const char* const kExactEdges = "{kind=\"edges\",tolerance=1e-13,push_error=1e-10}";

/// As exact as large markets can afford.
inline const char* const kLooseEdges = "{kind=\"edges\",push_error=0.5}";

}  // namespace gbid::test
