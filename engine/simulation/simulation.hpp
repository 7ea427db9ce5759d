// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/record/layout.hpp"
#include "engine/schedule/schedule.hpp"
#include "engine/simulation/market.hpp"
#include "engine/simulation/plan.hpp"

namespace gbid {

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
  /// @param key seed, regime and trial; purposes are filled in here.
  Simulation(std::unique_ptr<Market> played, const SimulationPlan& plan, StreamKey key);

  /// Plays to the last recorded step, until settled, or until `stop` is set; `steps_done` counts
  /// along. A NumericError ends the run as failed, with all records up to it delivered.
  RunResult run(Recorder& recorder, const std::atomic<bool>& stop,
                std::atomic<std::int64_t>& steps_done);

  const Market& market() const { return *market_; }

 private:
  void record(Index step, Recorder& recorder);
  void flush(Recorder& recorder);
  bool has_settled();

  std::unique_ptr<Market> market_;
  SimulationPlan plan_;
  MoverSequence movers_;
  std::vector<Index> everyone_;
  std::vector<double> records_;  // delivered in blocks
  std::size_t records_buffered_ = 0;
  std::chrono::steady_clock::time_point last_flush_;
  Index next_record_ = 0;
  std::vector<double> recent_welfare_;
};

}  // namespace gbid
