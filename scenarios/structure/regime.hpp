// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agents/learning/learner.hpp"
#include "engine/simulation/plan.hpp"
#include "engine/simulation/state.hpp"
#include "scenarios/equilibrium/better_responses.hpp"
#include "scenarios/equilibrium/search_config.hpp"

namespace gbid {

/// What the agents of a group maximise.
enum class Objective {
  kOwnPayoff,    ///< its own payoff, the others held fixed: the competitive game
  kMeanPayoff,   ///< the mean payoff of all: the planner
  kMeanUtility,  ///< the mean utility of all, payoffs left as they are
  kGroupPayoff,  ///< the mean payoff of its group: a coalition; of all agents the planner
  kFixed,        ///< nothing: its bids stay as they started
};

/// An objective, and whose payoffs a group's objective counts.
struct Aim {
  Objective objective = Objective::kOwnPayoff;
  std::span<const Index> members = {};  ///< ascending; empty: all agents

  Aim(Objective what, std::span<const Index> of = {}) : objective(what), members(of) {}
  bool is_common() const { return objective != Objective::kOwnPayoff; }
};

/// Agents of a regime that want the same and learn alike.
struct GroupPlan : MoverGroup {
  Objective objective = Objective::kOwnPayoff;
  Learner learner = Adam{};

  Aim aim() const { return {objective, agents}; }
};

/// How one regime is played; the same for all its trials.
struct RegimePlan : SimulationPlan {
  std::vector<GroupPlan> groups{GroupPlan{}};  ///< of its stages, one after the other
  SearchConfig search;                         ///< how best responses to its end are looked for
  std::optional<BetterResponses> refine;       ///< of its ends

  /// The first group: of markets whose agents all learn alike the only one.
  GroupPlan& group() { return groups.front(); }
  const GroupPlan& group() const { return groups.front(); }
  const GroupPlan& group_of(const Movers& movers) const {
    return groups[static_cast<std::size_t>(movers.group)];
  }
  /// Most agents that move in one step.
  Index movers_per_step(Index agents) const;
  /// Of all groups' learners one that keeps most.
  const Learner& largest_learner() const;
  bool records(Recorded when, const std::string& array) const;
};

/// Regimes draw apart by name, so that adding one changes no other: FNV-1a, cut to the 48 bits that
/// a stream keeps.
std::uint64_t regime_key(const std::string& name);

}  // namespace gbid
