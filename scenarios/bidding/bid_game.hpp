// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/core/padded_matrix.hpp"
#include "engine/schedule/movers.hpp"
#include "scenarios/equilibrium/deviation_game.hpp"
#include "scenarios/structure/regime.hpp"

namespace gbid {

/// What an agent may see before it bids.
enum class Observation { kConstant, kPrices, kRankings, kOwnPayoff };

/// What a run of a market will be used for; decides what memory is set aside.
struct GameUse {
  Objective objective = Objective::kOwnPayoff;
  Index movers_per_step = 1;
  std::vector<Observation> observe = {};
  std::vector<std::string> trajectory = {};  ///< variables recorded along the way
  std::vector<std::string> final = {};       ///< variables recorded at the end
};

/// A market that takes one vector of bids from every agent, of one regime and trial: the rules
/// (immutable, shared) and the state of one run of them.
///
/// Every step `BidMarket` calls, in this order: `observe` for those who are about to bid, `clear`
/// with the bids that changed, `record` if the step is recorded, `price` for those who are about to
/// learn. Nothing allocates after construction; the results are the same for any number of
/// threads.
class BidGame : public DeviationGame {
 public:
  /// Number of values of an observation channel.
  virtual Index observation_size(Observation) const = 0;
  /// What `agent` sees of the market as last cleared; before the first clearing, the neutral state
  /// (equal prices and rankings, payoff 0).
  virtual void observe(Index agent, Observation, std::span<double> out) const = 0;

  /// The pseudo-gradient: row r of `gradient` becomes d objective / d raw bids of the r-th mover.
  /// @throws NumericError naming agent and term if a gradient is not finite.
  virtual void price(Objective, const Movers& movers, PaddedMatrix& gradient) = 0;

  void own_gradient(const Movers& alone, PaddedMatrix& gradient) override {
    price(Objective::kOwnPayoff, alone, gradient);
  }

  /// Mean payoff over agents in the state last recorded.
  virtual double welfare() const = 0;
  /// All trajectory variables of the layout, one after the other, in the state last cleared.
  virtual void record(std::span<double> out) = 0;
  /// All final variables of the layout, one after the other.
  virtual void record_final(std::span<double> out) = 0;
};

}  // namespace gbid
