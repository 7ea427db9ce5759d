// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>

#include "scenarios/equilibrium/deviation_game.hpp"

namespace gbid {

/// An upper bound of the best response of an agent that spends shares of one, by branch and bound:
/// the simplex of all shares is cut in two along its longest edge, again and again where
/// `DeviationGame::payoff_bound` is highest, until no cell's bound is above `enough`.
/// @param cells at most. @return at least the best response, up to rounding; infinite where a cell
/// cannot be bounded.
/// Source: Horst, "An algorithm for nonconvex programming problems", 1976.
double bound_shares(DeviationGame& game, Index agent, std::span<const Index> choices, double enough,
                    Index cells);

}  // namespace gbid
