// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "engine/core/padded_matrix.hpp"
#include "engine/schedule/movers.hpp"
#include "engine/simulation/state.hpp"
#include "scenarios/equilibrium/deviation_game.hpp"
#include "scenarios/structure/regime.hpp"

namespace gbid {

/// What an agent may see before it bids.
enum class Observation { kConstant, kPrices, kRankings, kOwnPayoff };

/// What a game will be used for; decides what memory is set aside.
struct GameUse {
  std::vector<Objective> objectives{Objective::kOwnPayoff};  ///< of all groups that learn
  Index movers_per_step = 1;
  std::vector<Observation> observe = {};
  std::vector<std::string> recorded =
      {};  ///< arrays and groups of arrays, along the way or at the end

  bool records(const std::string& name) const {
    return std::find(recorded.begin(), recorded.end(), name) != recorded.end();
  }
};

/// The array along the way that holds what agents learned from in the last update, (agent x bid).
inline constexpr const char* kGradientPathArray = "gradient_path";

/// A game that takes one vector of bids from every agent, in one trial: the rules (immutable,
/// shared) and the state of one play of them. A BidMarket calls, in every step, `observe` for those
/// that are about to bid, `clear` with the bids that changed, and `differentiate` for those that
/// are about to learn. Nothing allocates after construction; the results are the same for any
/// number of threads.
class BidGame : public DeviationGame {
 public:
  /// Number of values of an observation channel.
  virtual Index observation_size(Observation) const = 0;
  /// What `agent` sees of the market as last cleared; before the first clearing, the neutral state
  /// (equal prices and rankings, payoff 0). Safe to call for different agents at once.
  virtual void observe(Index agent, Observation, std::span<double> out) const = 0;

  /// The pseudo-gradient: row r of `gradient` becomes d objective / d raw bids of the r-th mover.
  /// @throws NumericError naming agent and term if a gradient is not finite.
  virtual void differentiate(const Aim& aim, const Movers& movers, PaddedMatrix& gradient) = 0;
  void own_gradient(const Movers& alone, PaddedMatrix& gradient) override {
    differentiate(Objective::kOwnPayoff, alone, gradient);
  }

  /// Adds all that changes to the table of its trial, raw bids included.
  virtual void declare(State& state) = 0;
  /// Fills the derived arrays that a record asks for, in the state last cleared.
  virtual void derive(Recorded when) = 0;
  /// Follows a load of the state.
  virtual void restore() = 0;
  /// Mean payoff over agents in the state last derived for a record along the way.
  virtual double welfare() const = 0;

  /// Keeps what the movers of a step learn from, for the record.
  /// @param gradient (mover x bid). @param is_new_step nothing of an earlier step is kept.
  void note_gradient(const Movers& movers, const PaddedMatrix& gradient, bool is_new_step);
  bool keeps_gradients() const { return !last_gradient_.empty(); }

 protected:
  /// Sets aside what is noted, and without this nothing is: NaN of agents that did not move.
  void keep_gradients() {
    last_gradient_ = PaddedMatrix(agents(), bids_per_agent());
    forget_gradients();
  }
  PaddedMatrix last_gradient_;  ///< (agent x bid), empty unless it is kept

 private:
  void forget_gradients();
};

}  // namespace gbid
