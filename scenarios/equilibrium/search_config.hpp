// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <algorithm>
#include <vector>

#include "engine/core/padded_matrix.hpp"

namespace gbid {

/// How hard a best response is looked for where a market has no exact one.
struct SearchConfig {
  Index agents = 0;   ///< that are examined, at equal distances; 0: all
  Index starts = 64;  ///< of which a search goes up a little: the agent's own bids, and others that
                      ///< promise most and are unlike each other; fewer where bids are many
  Index climbs = 4;   ///< ends that are followed to their top; of networks, attempts
  Index iterations = 200;   ///< steps of one attempt, at most
  Index cells = 0;          ///< of a proof that no agent gains more, at most; 0: none is tried
  double tolerance = 1e-3;  ///< of the largest gain by the mean |payoff|, which a proof is about
  bool exchanges = true;    ///< whether neighbours are tried that no slope leads to
};

/// The agents that are examined, ascending: the middle ones of equal shares of all agents.
std::vector<Index> examined_agents(Index agents, const SearchConfig&);
/// How many.
inline Index examined_count(Index agents, const SearchConfig& config) {
  return config.agents == 0 ? agents : std::min(config.agents, agents);
}

}  // namespace gbid
