// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agents/cohort.hpp"
#include "engine/schedule/schedule.hpp"
#include "scenarios/market.hpp"

namespace gbid {

/// When a run counts as settled: the welfare of the last `window` records lies within tolerance x
/// |its mean|.
struct SettleCriterion {
  Index window = 20;
  double tolerance = 1e-3;
};

/// How one regime is played; the same for all its trials.
struct RegimePlan {
  std::string name;
  Objective objective = Objective::kOwnPayoff;
  Schedule schedule = AllAgents{};
  Learner learner = Adam{};
  NetworkKind network = Table{};
  std::vector<Observation> observe;
  std::optional<SettleCriterion> settle;
  std::vector<Index> recorded_steps;  ///< ascending; the last one is the last step of the run
  Index trajectory_width = 0;         ///< values a record, the agents' update counts (if any) last
  Index final_width = 0;
  bool records_updates = false;
};

/// What the simulation itself can record of every agent, besides what its market can.
Variable updates_variable();

/// Where a run's numbers go.
class Recorder {
 public:
  virtual ~Recorder() = default;
  /// `count` consecutive records from number `first` on, count x trajectory_width values.
  virtual void trajectory(Index first, Index count, std::span<const double> values) = 0;
  virtual void final(std::span<const double> values) = 0;
};

/// How a run ended.
struct RunResult {
  enum class End { kCompleted, kSettled, kFailed, kStopped } end = End::kStopped;
  Index steps = 0;
  std::string message;  ///< why it failed
};

/// One trial of one regime, from the first bids to the last.
class Simulation {
 public:
  /// @param start (agents x bids per agent) raw bids to start from.
  /// @param key seed, regime and trial; purposes are filled in here.
  Simulation(std::unique_ptr<Market> market, const RegimePlan& plan, const PaddedMatrix& start,
             StreamKey key);

  /// Plays to the last recorded step, until settled, or until `stop` is set; `steps_done` counts
  /// along. A NumericError ends the run as failed, with all records up to it delivered.
  RunResult run(Recorder& recorder, const std::atomic<bool>& stop,
                std::atomic<std::int64_t>& steps_done);

  const Market& market() const { return *market_; }
  const Cohort& agents() const { return agents_; }

 private:
  void observe_and_bid(const Movers& bidders);
  void climb(Index step, const Movers& movers);
  void record(Recorder& recorder);
  void flush(Recorder& recorder);
  bool has_settled();

  std::unique_ptr<Market> market_;
  RegimePlan plan_;
  Cohort agents_;
  MoverSequence movers_;
  std::vector<Index> everyone_;
  PaddedMatrix price_;
  std::vector<double> records_;  // delivered in blocks
  std::size_t records_buffered_ = 0;
  std::chrono::steady_clock::time_point last_flush_;
  Index next_record_ = 0;
  std::vector<double> recent_welfare_;
};

}  // namespace gbid
