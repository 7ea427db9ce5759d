// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "engine/simulation/state.hpp"
#include "scenarios/equilibrium/deviation_game.hpp"
#include "scenarios/equilibrium/search_config.hpp"

namespace gbid {

/// How agents left the end of learning by better responses.
struct Refinement {
  enum class End {
    kNone,    ///< this regime does not refine its ends
    kAtRest,  ///< no agent found more than the tolerance
    kCycle,   ///< back at the bids of an earlier round
    kLimit,   ///< the rounds were over
  };
  End end = End::kNone;
  Index rounds = 0, moves = 0;
  double welfare_before = std::numeric_limits<double>::quiet_NaN();  ///< mean payoff
  double welfare = std::numeric_limits<double>::quiet_NaN();
};

/// Agents that want the same, and a game in which `own_payoff` is what they want.
struct Refiners {
  std::unique_ptr<DeviationGame> game;
  std::vector<Index> agents;
};

/// Lets the agents move in turn, in the order of their numbers, each to the best response found by
/// the search of a certificate, as long as it gains more than the tolerance times the mean |payoff|
/// of all. A round is a cycle if it ends within 1e-6 of the shares (of other games: raw bids) that
/// an earlier round ended with.
/// @param raw (agents x bids per agent) in: the state; out: where they end.
/// @return all but the welfares.
/// @throws NumericError if a payoff of the state itself is not finite.
Refinement move_to_better_responses(std::span<Refiners> groups, PaddedMatrix& raw,
                                    const SearchConfig& config, Index rounds);

/// The name in [record] final.
inline constexpr const char* kRefinement = "refinement";
/// The arrays that it stands for: refine_moves, refine_rounds, refine_end, learned_welfare and
/// refined_welfare.
const std::vector<ArrayRow<Refinement>>& refinement_rows();

}  // namespace gbid
