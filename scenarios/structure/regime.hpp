// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agents/learning/learner.hpp"
#include "engine/simulation/plan.hpp"
#include "scenarios/equilibrium/search_config.hpp"

namespace gbid {

/// What an agent climbs.
enum class Objective {
  kOwnPayoff,    ///< its own payoff, the others held fixed: the competitive game
  kMeanPayoff,   ///< the mean payoff of all: the planner
  kMeanUtility,  ///< the mean utility of all, payoffs left as they are
};

/// How one regime is played; the same for all its trials.
struct RegimePlan : SimulationPlan {
  Objective objective = Objective::kOwnPayoff;
  Learner learner = Adam{};
  std::vector<std::string> trajectory;  ///< what the market records along the way
  std::vector<std::string> final;       ///< what it records at the end, as the scenario names it
  SearchConfig search;                  ///< how best responses to its end are looked for
};

/// Regimes draw apart by name, so that adding one changes no other: FNV-1a, cut to the 48 bits that
/// a stream keeps.
std::uint64_t regime_key(const std::string& name);

}  // namespace gbid
