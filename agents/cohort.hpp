// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>
#include <vector>

#include "agents/learning/learner.hpp"
#include "agents/network/network.hpp"
#include "engine/schedule/movers.hpp"

namespace gbid {

/// All agents of one architecture and one learner: parameters, moments and activations of all of
/// them in one block each, one padded row an agent. The agents of a step are worked on in parallel,
/// in fixed blocks.
class Cohort {
 public:
  Cohort(Index agents, const Network& network, const Learner& learner, Index movers_per_step);

  /// @param start (agents x outputs) the raw bids to start from.
  void initialise(const PaddedMatrix& start, const StreamKey& key);

  /// Where the observation of an agent goes before it bids.
  std::span<double> observation(Index agent);

  /// Every mover's network answers what it observed; its raw bids go to its row of `raw`.
  void bid(const Movers& movers, PaddedMatrix& raw);

  /// Every mover pulls its price (row r of `price`, d objective / d raw bids) back through its
  /// network and updates.
  /// @param clock steps of the run so far, this one included.
  /// @throws NumericError naming the agent whose parameters are no longer finite.
  void learn(const Movers& movers, const PaddedMatrix& price, int phase, Index clock);

  const Network& network() const { return network_; }
  int phases() const { return phase_count(learner_); }
  const std::vector<Index>& updates() const { return updates_; }
  const PaddedMatrix& parameters() const { return parameters_; }

 private:
  Network network_;
  Learner learner_;
  PaddedMatrix parameters_;
  std::vector<PaddedMatrix> moments_;
  PaddedMatrix activations_;
  PaddedMatrix gradients_;  // one row a block of movers
  PaddedMatrix scratch_;
  std::vector<Index> updates_;
};

/// Bytes that a cohort sets aside.
double cohort_bytes(Index agents, const Network& network, const Learner& learner,
                    Index movers_per_step);

}  // namespace gbid
