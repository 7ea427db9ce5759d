// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>
#include <vector>

#include "agents/cohort.hpp"
#include "agents/network/network.hpp"
#include "engine/schedule/movers.hpp"

namespace gbid {

/// A cohort whose agents answer one observation with one vector of raw bids: parameters are theirs,
/// and what they bid is written where the market wants it. The agents of a step are worked on in
/// parallel, in fixed blocks, and nothing allocates.
class Bidders {
 public:
  Bidders(Index agents, const Network& network, const Learner& learner, Index movers_per_step);

  /// @param start (agents x outputs) the raw bids to start from, or near them.
  void initialise(const PaddedMatrix& start, const StreamKey& key);

  /// Where the observation of an agent goes before it bids; empty for tables.
  std::span<double> observation(Index agent);

  /// Every mover's network answers what it observed; its raw bids go to its row of `raw_bids`.
  void bid(const Movers& movers, PaddedMatrix& raw_bids);

  /// A game may cut raw bids to its bounds: the movers' tables are cut with them, which makes their
  /// steps projected ones.
  void follow_cuts(const Movers& movers, const PaddedMatrix& raw_bids);

  /// Every mover pulls its gradient (row r of `d_bids`, d objective / d raw bids of the r-th mover)
  /// back through its network and updates.
  /// @param clock steps of the run so far, this one included.
  /// @throws NumericError naming the agent whose parameters are no longer finite.
  void learn(const Movers& movers, const PaddedMatrix& d_bids, int phase, Index clock);

  /// Adds all that changes to the table of its trial, but for the bids, which follow.
  void declare(State& state);
  void set_learner(const Learner& learner) { cohort_.set_learner(learner); }
  void forget() { cohort_.forget(); }
  const std::vector<Index>& updates() const { return cohort_.updates(); }
  Cohort<double>& cohort() { return cohort_; }

  /// Bytes that they set aside.
  static double bytes(Index agents, const Network& network, const Learner& learner,
                      Index movers_per_step);

 private:
  Network network_;
  Cohort<double> cohort_;
  // Of networks that observe, per agent, and per mover.
  PaddedMatrix observations_, activations_;
  PaddedMatrix gradients_;
  PaddedMatrix scratch_;  // one row a block of movers
};

}  // namespace gbid
