// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>
#include <vector>

#include "agents/learning/learner.hpp"
#include "agents/network/network.hpp"
#include "engine/schedule/movers.hpp"
#include "engine/simulation/state.hpp"

namespace gbid {

/// All agents of one architecture and one learner: parameters, moments and activations of all of
/// them in one block each, one padded row an agent. The agents of a step are worked on in parallel,
/// in fixed blocks.
class Cohort {
 public:
  /// @param raw_bids (agents x outputs) where the agents' bids go; must outlive the cohort.
  Cohort(PaddedMatrix& raw_bids, const Network& network, const Learner& learner,
         Index movers_per_step);

  /// @param start (agents x outputs) the raw bids to start from.
  void initialise(const PaddedMatrix& start, const StreamKey& key);

  /// Where the observation of an agent goes before it bids.
  std::span<double> observation(Index agent);

  /// Every mover's network answers what it observed; its raw bids go to its row of `raw_bids`.
  void bid(const Movers& movers);

  /// Every mover pulls its price (row r of `price`, d objective / d raw bids) back through its
  /// network and updates.
  /// @param clock steps of the run so far, this one included.
  /// @throws NumericError naming the agent whose parameters are no longer finite.
  void learn(const Movers& movers, const PaddedMatrix& price, int phase, Index clock);

  /// Adds all that changes to the table of its trial. The parameters of tables are the raw bids,
  /// which the caller declares.
  void declare(State& state);
  /// Another learner, which keeps no more than that of the constructor.
  void set_learner(const Learner& learner) { learner_ = learner; }
  /// Moments and counts as they were before the first update; parameters stay.
  void forget();

  const Network& network() const { return network_; }
  int phases() const { return phase_count(learner_); }
  const std::vector<Index>& updates() const { return updates_; }
  const PaddedMatrix& parameters() const {
    return network_.is_table() ? raw_bids_ : own_parameters_;
  }

 private:
  PaddedMatrix& parameters() { return network_.is_table() ? raw_bids_ : own_parameters_; }

  Network network_;
  Learner learner_;
  PaddedMatrix& raw_bids_;
  PaddedMatrix own_parameters_;  // of networks; a table's parameters are its raw bids
  std::vector<PaddedMatrix> moments_;
  PaddedMatrix activations_;
  PaddedMatrix gradients_;  // one row a block of movers
  PaddedMatrix scratch_;
  std::vector<Index> updates_;
};

/// How the updates of every agent are declared and recorded.
ArraySpec updates_spec();

/// Bytes that a cohort sets aside.
double cohort_bytes(Index agents, const Network& network, const Learner& learner,
                    Index movers_per_step);

}  // namespace gbid
