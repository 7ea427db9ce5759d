// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <functional>
#include <memory>

#include "scenarios/equilibrium/certificate.hpp"
#include "scenarios/equilibrium/deviation_game.hpp"
#include "scenarios/equilibrium/search_config.hpp"

namespace gbid {

/// Makes a market at its neutral state, for own-payoff gradients of one mover at a time.
using GameFactory = std::function<std::unique_ptr<DeviationGame>()>;

/// What every agent could gain in a state of a market that takes bids.
///
/// Where `DeviationGame::best_response` is exact, so is the gain. Elsewhere an agent's payoff is ascended
/// from its own bids and from the most promising of `DeviationGame::deviation_start`, along the market's
/// ascent direction with a step that is doubled after every success and halved until the payoff
/// rises. Around the best end, the neighbours that `DeviationGame::deviation_neighbour` names are tried at
/// shorter and shorter reach. What comes out is a lower bound of the best response.
/// The residual is the norm of the projected pseudo-gradient at the state; the curvature of an
/// agent is the largest eigenvalue of the Hessian of its own payoff in raw bids, by power iteration
/// on differences of gradients.
/// @param raw (agents x bids per agent) the state.
/// Parallel over fixed blocks of agents, each with a market of its own; the same bits for any
/// number of threads.
/// @throws NumericError if a payoff of the state itself is not finite.
Certificate certify(const GameFactory& market, const PaddedMatrix& raw,
                    const SearchConfig& config = {});

/// Clearings with one mover that a certificate takes where best responses are searched for,
/// roughly.
double certificate_clearings(Index agents, const SearchConfig& config);

}  // namespace gbid
