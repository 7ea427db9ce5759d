// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>
#include <vector>

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
  /// Where an agent's bids are shares of one: the counterparts that it may spend on, the most
  /// promising first in the state last cleared. Empty, the default, where raw bids are numbers that
  /// do not depend on each other.
  virtual std::vector<Index> share_choices(Index agent);
  /// Shares (bids per agent) of the agent's bids last cleared.
  virtual void shares(Index agent, std::span<double> out);
  /// Raw bids that spend these shares, which are not negative and have sum one.
  virtual void raw_of_shares(Index agent, std::span<const double> shares, std::span<double> raw);
  /// `payoff_if` of the raw bids that spend these shares.
  virtual double payoff_of_shares(Index agent, std::span<const double> shares);
  /// In: d own payoff / d raw bids in the state last cleared. Out: d own payoff / d shares, but for
  /// a constant that is the same in all.
  virtual void share_gradient(Index agent, std::span<double> gradient);
  /// The shares of one choice at which the payoff has a corner whatever the others of the agent's
  /// shares are, ascending; above the last one more buys nothing.
  virtual std::vector<double> share_corners(Index agent, Index choice);
  /// That no payoff of the agent is above while its shares are between corners of a simplex, all
  /// other agents as last cleared, up to rounding. Infinite, the default, where no bound is known.
  /// @param corners (corner x bids per agent), shares.
  virtual double payoff_bound(Index agent, const PaddedMatrix& corners);
  /// Squared norm of the agent's projected pseudo-gradient, given the same; of the gradient by
  /// default.
  virtual double squared_residual(Index agent, std::span<const double> gradient);
};

}  // namespace gbid
