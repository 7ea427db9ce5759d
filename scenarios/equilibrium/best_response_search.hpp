// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <functional>
#include <memory>

#include "scenarios/equilibrium/certificate.hpp"
#include "scenarios/equilibrium/deviation_game.hpp"
#include "scenarios/equilibrium/search_config.hpp"
#include "scenarios/equilibrium/share_search.hpp"

namespace gbid {

/// Makes a market at its neutral state, for own-payoff gradients of one mover at a time.
using GameFactory = std::function<std::unique_ptr<DeviationGame>()>;

/// The best response found of one agent to the others' bids as last cleared: exact where
/// `DeviationGame::best_response` is; of shares by `search_shares`; else by one ascent from its own
/// bids. The game is left as it was.
Response best_response(DeviationGame& game, Index agent, const SearchConfig& config);

/// What every agent could gain in a state of a market that takes bids: its best response, as above,
/// less its payoff. Where no agent was found to gain more than the tolerance and a proof may take
/// cells, gains are bounded from above, too; see `bound_shares`.
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
