// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// A trial's market, stepped by hand: for tests that look at it between steps.
#pragma once

#include <string>
#include <vector>

#include "scenarios/structure/planned_market.hpp"

namespace gbid::test {

/// One step by its acts, as a simulation of one group takes it.
inline void play_step(PlannedMarket& market, Index step, Movers movers) {
  movers.clock = step + 1;
  market.observe(step, movers);
  const int phases = phase_count(market.plan().group().learner);
  for (int phase = 0; phase < phases; ++phase) {
    market.bid(movers);
    market.clear(movers);
    market.differentiate(movers);
    market.learn(movers, phase);
  }
}

/// The arrays of these names, one after the other, as a record after `step` updates has them.
inline std::vector<double> record_of(TrialMarket& market, Index step,
                                     const std::vector<std::string>& names, Recorded when) {
  market.derive(step, when);
  std::vector<double> values(1u << 20);
  double* end = values.data();
  for (const std::size_t array : market.state().recorded(names, when))
    end = market.state().copy(array, end);
  values.resize(static_cast<std::size_t>(end - values.data()));
  return values;
}

/// (agent) updates so far.
inline std::vector<Index> updates_of(TrialMarket& market) {
  std::vector<double> counts(static_cast<std::size_t>(market.agents()));
  market.state().copy(market.state().index("updates"), counts.data());
  return {counts.begin(), counts.end()};
}

}  // namespace gbid::test
