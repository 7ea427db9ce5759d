// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>

#include "engine/math/lanes.hpp"
#include "engine/schedule/movers.hpp"

namespace gbid {

/// The lanes of those trials that move in a step and have not failed. @param failures per trial.
inline LaneSet lanes_with(BlockMovers movers, std::span<const std::string> failures) {
  LaneSet lanes = 0;
  for (std::size_t t = 0; t < movers.size(); ++t)
    if (!movers[t].agents.empty() && failures[t].empty()) lanes |= 1U << t;
  return lanes;
}

/// The movers of some trial in `lanes`, which must not be empty: all have equally many.
inline const Movers& some_movers(BlockMovers movers, LaneSet lanes) {
  return movers[static_cast<std::size_t>(__builtin_ctz(lanes))];
}

/// The r-th mover of every trial in `lanes`; in the other lanes, that of one of these.
inline LaneAgents movers_at(BlockMovers movers, Index r, LaneSet lanes) {
  const auto mover = [&](const Movers& own) { return own.agents[static_cast<std::size_t>(r)]; };
  const Movers& some = some_movers(movers, lanes);
  LaneAgents agents = LaneAgents::all(mover(some));
  if (some.is_everyone) return agents;
  for (LaneSet rest = lanes; rest != 0; rest &= rest - 1) {
    const int lane = __builtin_ctz(rest);
    agents.agent[lane] = mover(movers[static_cast<std::size_t>(lane)]);
    agents.is_same &= agents.in(lane) == mover(some);
  }
  return agents;
}

}  // namespace gbid
