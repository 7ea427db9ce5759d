// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "engine/random/stream.hpp"
#include "engine/simulation/state.hpp"
#include "scenarios/equilibrium/deviation_game.hpp"
#include "scenarios/equilibrium/search_config.hpp"

namespace gbid {

/// After learning, agents move to better responses one after the other.
struct BetterResponses {
  enum class Order { kRandom, kInTurn };
  Order order = Order::kRandom;  ///< of the agents in a round, drawn for every round or by number
  std::int64_t rounds = 50;      ///< in which every agent has its turn, at most
  std::int64_t starts = 8;       ///< of a planner, of whose ends the best is kept
};

/// How agents left the end of learning by better responses.
struct Refinement {
  enum class End {
    kNone,    ///< this regime does not refine its ends
    kAtRest,  ///< no agent found more than the tolerance
    kCycle,   ///< in turn, and back at the bids of an earlier round
    kLimit,   ///< the rounds were over
  };
  End end = End::kNone;
  Index rounds = 0, moves = 0;
  Index starts = 1, reached = 1;  ///< of a planner: starts, and how many reached the best
  double welfare_before = std::numeric_limits<double>::quiet_NaN();  ///< mean payoff
  double welfare = std::numeric_limits<double>::quiet_NaN();
};

/// Agents that want the same, and a game in which `own_payoff` is what they want.
struct Refiners {
  std::unique_ptr<DeviationGame> game;
  std::vector<Index> agents;
};

/// Lets the agents move one after the other, each to the best response found by the search of a
/// certificate, as long as it gains more than the tolerance times the mean |payoff| of all, also
/// once the market has cleared, and leaves all payoffs finite. Random
/// orders come to rest where moves in turn run in cycles; of these it is a cycle if a round ends within 1e-6 of the shares (of other games: raw bids) that
/// an earlier round ended with, and agents then move on.
/// @param raw (agents x bids per agent) in: the state; out: where they end.
/// @param orders draws them. @return all but the welfares.
/// @throws NumericError if a payoff of the state itself is not finite.
Refinement move_to_better_responses(std::span<Refiners> groups, PaddedMatrix& raw,
                                    const SearchConfig& config, const BetterResponses& limits,
                                    Stream orders);

/// The name in [record] final.
inline constexpr const char* kRefinement = "refinement";
/// The arrays that it stands for: refine_moves, refine_rounds, refine_end, refine_starts,
/// refine_reached, learned_welfare and refined_welfare.
const std::vector<ArrayRow<Refinement>>& refinement_rows();

}  // namespace gbid
