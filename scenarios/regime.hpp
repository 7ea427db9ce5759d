// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agents/learning/learner.hpp"
#include "engine/schedule/schedule.hpp"
#include "scenarios/search_config.hpp"

namespace gbid {

/// What an agent climbs.
enum class Objective {
  kOwnPayoff,    ///< its own payoff, the others held fixed: the competitive game
  kMeanPayoff,   ///< the mean payoff of all: the planner
  kMeanUtility,  ///< the mean utility of all, payoffs left as they are
};

/// When a run counts as settled: the welfare of the last `window` records lies within tolerance x
/// |its mean|.
struct SettleCriterion {
  Index window = 20;
  double tolerance = 1e-3;
};

/// How one regime is played; the same for all its trials.
struct RegimePlan {
  std::string name;
  Objective objective = Objective::kOwnPayoff;
  Schedule schedule = AllAgents{};
  Learner learner = Adam{};
  std::optional<SettleCriterion> settle;
  std::vector<Index> recorded_steps;    ///< ascending; the last one is the last step of the run
  std::vector<std::string> trajectory;  ///< what the market records along the way
  std::vector<std::string> final;       ///< what it records at the end, as the scenario names it
  SearchConfig search;                  ///< how best responses to its end are looked for
  bool records_updates = false;         ///< the agents' update counts, after all else
  Index progress_every = 256;  ///< steps between reports of progress; few where they are slow
  Index trajectory_width = 0;  ///< values a record
  Index final_width = 0;
};

/// Regimes draw apart by name, so that adding one changes no other: FNV-1a, cut to the 48 bits that
/// a stream keeps.
std::uint64_t regime_key(const std::string& name);

}  // namespace gbid
