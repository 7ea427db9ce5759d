// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <array>
#include <string>
#include <vector>

#include "agents/cohort.hpp"
#include "engine/schedule/lane_movers.hpp"

namespace gbid {

/// The tables of up to eight trials, one in each lane of a Wide, with what their learner remembers:
/// they learn as each trial's own cohort does, bit by bit. A cohort has its trial's numbers whenever
/// they have been given to it.
class LaneTables {
 public:
  /// @param cohorts of tables, one a trial, alike; they must outlive this.
  LaneTables(std::vector<Cohort<double>*> cohorts, const Learner& learner);

  /// (agent x bid)
  const WideInMemory* values() const { return parameters_.data(); }
  /// Every mover of the trials in `lanes` updates.
  /// @param gradients (mover x bid) of what they ascend.
  /// @param failures of a trial in which a value is no longer finite: the first agent's.
  void learn(BlockMovers movers, LaneSet lanes, const WideInMemory* gradients, int phase,
             std::span<std::string> failures);
  /// A trial's numbers, to its cohort.
  void give(Index trial) const { give(trial, everyone_); }
  /// Those of some agents.
  void give(Index trial, std::span<const Index> agents) const;
  /// And from there.
  void take(Index trial);

 private:
  /// Lets the learner update `count` rows that lie side by side.
  /// @param rows of parameters and moments.
  void update(const std::array<Wide*, 3>& rows, const WideIntegers* updates,
              const WideIntegers* names, Index count, const WideInMemory* gradients, int phase,
              Index clock);
  void check(const LaneAgents& agents, const WideInMemory* row, LaneSet lanes,
             std::span<std::string> failures) const;

  std::vector<Cohort<double>*> cohorts_;
  Learner learner_;
  Index agents_, width_;
  std::vector<Index> everyone_;
  WideBuffer parameters_;
  std::vector<WideBuffer> moments_;
  std::vector<WideBuffer> spare_;  // a row of parameters, and of each moment
  std::vector<WideIntegers> updates_,
      names_;  // per agent: its updates, and its number in all lanes
  ClockMemo clock_memo_;
};

}  // namespace gbid
