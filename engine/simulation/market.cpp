// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/simulation/market.hpp"

#include "engine/core/error.hpp"

namespace gbid {

TrialByTrial::TrialByTrial(std::vector<std::unique_ptr<TrialMarket>> trials)
    : trials_(std::move(trials)), failures_(trials_.size()) {}

template <class Act>
void TrialByTrial::for_movers(BlockMovers movers, const Act& act) {
  for (std::size_t trial = 0; trial < trials_.size(); ++trial) {
    if (movers[trial].agents.empty() || !failures_[trial].empty()) continue;
    try {
      act(*trials_[trial], movers[trial]);
    } catch (const NumericError& error) {
      failures_[trial] = error.what();
    }
  }
}

void TrialByTrial::observe(Index step, BlockMovers movers) {
  for_movers(movers, [&](TrialMarket& trial, const Movers& own) { trial.observe(step, own); });
}

void TrialByTrial::bid(BlockMovers movers) {
  for_movers(movers, [&](TrialMarket& trial, const Movers& own) { trial.bid(own); });
}

void TrialByTrial::clear(BlockMovers movers) {
  for_movers(movers, [&](TrialMarket& trial, const Movers& own) { trial.clear(own); });
}

void TrialByTrial::differentiate(BlockMovers movers) {
  for_movers(movers, [&](TrialMarket& trial, const Movers& own) { trial.differentiate(own); });
}

void TrialByTrial::learn(BlockMovers movers, int phase) {
  for_movers(movers, [&](TrialMarket& trial, const Movers& own) { trial.learn(own, phase); });
}

void TrialByTrial::refine(Index trial) {
  try {
    trials_[at(trial)]->refine();
  } catch (const NumericError& error) {
    failures_[at(trial)] = error.what();
  }
}

void TrialByTrial::derive(Index trial, Index step, Recorded when) {
  try {
    trials_[at(trial)]->derive(step, when);
  } catch (const NumericError& error) {
    failures_[at(trial)] = error.what();
  }
}

}  // namespace gbid
