// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>

#include "engine/core/padded_matrix.hpp"
#include "scenarios/equilibrium/deviation_game.hpp"

namespace gbid {

/// The scale of payoffs that a game sets itself: the largest range of any agent's payoff over the
/// state and those in which all agents' raw bids are one `bid_scale` higher, one lower, and these two
/// by turns of agents. What cannot be cleared is left out.
///
/// All agents move, since in a zero-sum game at rest no payoff depends on one agent's bids alone.
/// @param raw (agents x bids per agent) the state, which the game is left in.
double payoff_range(DeviationGame& game, const PaddedMatrix& raw);

/// What gains are relative to: the mean absolute payoff. Where all payoffs vanish, as in a zero-sum
/// game at rest, a gain that is rounding is no share of them: at least a billionth of their range.
double payoff_scale(std::span<const double> payoffs, double range);

}  // namespace gbid
