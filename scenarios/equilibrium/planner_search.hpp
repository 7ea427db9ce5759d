// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "engine/random/stream.hpp"
#include "scenarios/equilibrium/better_responses.hpp"

namespace gbid {

/// Lets a planner move to what is better for all, from several starts, and keeps the best end: one
/// start ends where no single agent's move is better, which may be far below the optimum.
///
/// 1. From `raw`, and from `starts` - 1 places that agents come to by better responses of their own
///    payoffs, from `raw` and from random bids, agents move in turn to what raises the mean payoff.
///    A quick search.
/// 2. From the best of these ends they move on by the search of `config`.
/// @param common all agents, and the game of the mean payoff. @param own all agents, and the game
/// of own payoffs. @param raw (agents x bids per agent) in: the state; out: the best end.
/// @return all but the welfares; moves and rounds are those of all starts.
/// @throws NumericError if no start has a finite payoff.
Refinement move_planner(Refiners& common, Refiners& own, PaddedMatrix& raw,
                        const SearchConfig& config, const BetterResponses& limits, Stream stream);

}  // namespace gbid
