// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <vector>

#include "engine/core/padded_matrix.hpp"

namespace gbid {

/// How hard a best response is looked for where a market has no exact one.
struct SearchConfig {
  Index agents = 0;  ///< that are examined, at equal distances; 0: all
  Index climbs =
      4;  ///< starts that are climbed from: the agent's own bids, and the best of the others
  Index iterations = 200;  ///< steps of one attempt, at most
  bool exchanges = true;   ///< whether neighbours are tried that no slope leads to
};

/// The agents that are examined, ascending: the middle ones of equal shares of all agents.
std::vector<Index> examined_agents(Index agents, const SearchConfig&);

}  // namespace gbid
