// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>

#include "engine/core/padded_matrix.hpp"
#include "engine/schedule/movers.hpp"

namespace gbid {

/// A game in which one agent at a time may try other bids: what a search for best responses needs.
class DeviationGame {
 public:
  virtual ~DeviationGame() = default;

  virtual Index agents() const = 0;
  /// Length of one agent's raw bid.
  virtual Index bids_per_agent() const = 0;

  /// Room for the raw bids (agents x bids_per_agent): agents write their rows, `clear` reads them.
  virtual PaddedMatrix& raw_bids() = 0;

  /// How far in raw bids an agent has to go for its payoff to change as payoffs of this game do: what
  /// differences are taken over. One where raw bids have no unit; where they are amounts of money
  /// or goods, their range.
  virtual double bid_scale(Index /*agent*/) const { return 1.0; }

  /// Turns bids into allocation and prices. Only the rows of `moved` changed since the last call.
  /// @throws NumericError naming agent and term.
  virtual void clear(const Movers& moved) = 0;

  /// Row 0 of `gradient` becomes d own payoff / d raw bids of the only mover of `alone`.
  /// @throws NumericError naming agent and term if it is not finite.
  virtual void own_gradient(const Movers& alone, PaddedMatrix& gradient) = 0;

  /// Payoff of one agent in the state last cleared.
  virtual double own_payoff(Index agent) = 0;
  /// Its payoff if its raw bids were others, all other agents' as last cleared; the state remains.
  /// NaN where the market would not clear.
  virtual double payoff_if(Index agent, std::span<const double> raw);
  /// Writes the agent's exact best response to the others' bids as last cleared into `raw`; false
  /// where there is none to be had in closed form or by an exact search.
  virtual bool best_response(Index agent, std::span<double> raw);
  /// Where a search for the agent's best response may start besides its own bids: the k-th of a
  /// list that depends on the state last cleared, or false past its end. Asked for in order, from
  /// 0.
  virtual bool deviation_start(Index agent, Index k, std::span<double> raw);
  /// Bids of the agent next to those last cleared, for a search without gradients: the k-th of a
  /// list, `reach` (0, 1] away, or false past its end. None by default.
  virtual bool deviation_neighbour(Index agent, Index k, double reach, std::span<double> raw);
  /// The direction in raw bids in which the agent's search goes, given d own payoff / d raw bids in
  /// the state last cleared; may scale, must not turn the ascent into a descent. As given by
  /// default.
  virtual void ascent_direction(Index agent, std::span<double> gradient);
  /// Squared norm of the agent's projected pseudo-gradient, given the same; of the gradient by
  /// default.
  virtual double squared_residual(Index agent, std::span<const double> gradient);
};

}  // namespace gbid
