// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/core/padded_matrix.hpp"
#include "engine/schedule/movers.hpp"
#include "scenarios/regime.hpp"

namespace gbid {

/// What an agent may see before it bids.
enum class Observation { kConstant, kPrices, kRankings, kOwnPayoff };

/// What a run of a market will be used for; decides what memory is set aside.
struct MarketUse {
  Objective objective = Objective::kOwnPayoff;
  Index movers_per_step = 1;
  std::vector<Observation> observe = {};
  std::vector<std::string> trajectory = {};  ///< variables recorded along the way
  std::vector<std::string> final = {};       ///< variables recorded at the end
};

/// A market that takes one vector of bids from every agent, of one regime and trial: the rules
/// (immutable, shared) and the state of one run of them.
///
/// Every step `BidDynamics` calls, in this order: `observe` for those who are about to bid, `clear`
/// with the bids that changed, `record` if the step is recorded, `price` for those who are about to
/// learn. Nothing allocates after construction; the results are the same for any number of
/// threads.
class Market {
 public:
  virtual ~Market() = default;

  virtual Index agents() const = 0;
  /// Length of one agent's raw bid.
  virtual Index bids_per_agent() const = 0;

  /// Number of values of an observation channel.
  virtual Index observation_size(Observation) const = 0;
  /// What `agent` sees of the market as last cleared; before the first clearing, the neutral state
  /// (equal prices and rankings, payoff 0).
  virtual void observe(Index agent, Observation, std::span<double> out) const = 0;

  /// Room for the raw bids (agents x bids_per_agent): agents write their rows, `clear` reads them.
  virtual PaddedMatrix& raw_bids() = 0;

  /// Turns bids into allocation and prices. Only the rows of `moved` changed since the last call.
  /// @throws NumericError naming agent and term.
  virtual void clear(const Movers& moved) = 0;

  /// The pseudo-gradient: row r of `gradient` becomes d objective / d raw bids of the r-th mover.
  /// @throws NumericError naming agent and term if a gradient is not finite.
  virtual void price(Objective, const Movers& movers, PaddedMatrix& gradient) = 0;

  /// Payoff of one agent in the state last cleared.
  virtual double own_payoff(Index agent) = 0;
  /// Its payoff if its raw bids were others, everybody else's as last cleared; the state remains.
  /// NaN where the market would not clear.
  virtual double payoff_if(Index agent, std::span<const double> raw);
  /// Writes the agent's exact best response to the others' bids as last cleared into `raw`; false
  /// where there is none to be had in closed form or by an exact search.
  virtual bool best_response(Index agent, std::span<double> raw);
  /// Where a search for the agent's best response may start besides its own bids: the k-th of a
  /// list that depends on the state last cleared, or false past its end. Asked for in order, from
  /// 0.
  virtual bool deviation_start(Index agent, Index k, std::span<double> raw);
  /// Bids of the agent next to those last cleared, for a search that takes no slopes: the k-th of a
  /// list, `reach` (0, 1] away, or false past its end. None by default.
  virtual bool deviation_neighbour(Index agent, Index k, double reach, std::span<double> raw);
  /// The direction in raw bids in which the agent's search goes, given d own payoff / d raw bids in
  /// the state last cleared; may scale, must not turn the ascent into a descent. As given by
  /// default.
  virtual void ascent_direction(Index agent, std::span<double> gradient);
  /// Squared norm of the agent's projected pseudo-gradient, given the same; of the gradient by
  /// default.
  virtual double squared_residual(Index agent, std::span<const double> gradient);

  /// Mean payoff over agents in the state last recorded.
  virtual double welfare() const = 0;
  /// All trajectory variables of the layout, one after the other, in the state last cleared.
  virtual void record(std::span<double> out) = 0;
  /// All final variables of the layout, one after the other.
  virtual void record_final(std::span<double> out) = 0;
};

}  // namespace gbid
