// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/record/layout.hpp"
#include "engine/simulation/market.hpp"
#include "engine/simulation/plan.hpp"

namespace gbid {

/// Where a trial's numbers go.
class Recorder {
 public:
  virtual ~Recorder() = default;
  /// `count` consecutive records from number `first` on, count x trajectory_width values.
  virtual void trajectory(Index first, Index count, std::span<const double> values) = 0;
  virtual void final(std::span<const double> values) = 0;
};

class Simulation;

/// Where a simulation is kept while it goes on, so that it can go on later.
class Keeper {
 public:
  virtual ~Keeper() = default;
  /// Whether it should be kept now; asked every `progress_every` steps.
  virtual bool is_due() = 0;
  /// All records so far have been delivered. Also called once when a simulation is stopped.
  virtual void keep(const Simulation& simulation) = 0;
};

/// How a trial ended.
struct RunResult {
  enum class End { kCompleted, kSettled, kFailed, kStopped } end = End::kStopped;
  Index steps = 0;
  std::string message;  ///< why it failed
};

/// A block of trials of one regime, from the first bids to the last. This is the only loop over
/// steps: it calls the five acts of a market in order.
class Simulation {
 public:
  /// What differs between the trials of a block.
  struct Own {
    StreamKey key;  ///< seed, regime and trial; purposes are filled in here
    std::shared_ptr<const std::vector<Index>> movers = nullptr;  ///< of a schedule from a file
  };
  /// @param groups of the regime, which the plan's stages refer to. @param trials of the block.
  Simulation(std::unique_ptr<Market> market, const SimulationPlan& plan,
             std::span<const MoverGroup> groups, std::span<const Own> trials);

  /// Plays to the last recorded step, until settled, or until `stop` is set; `steps_done` counts
  /// along. A trial that fails ends as failed, with all its records up to there delivered.
  /// @param recorders one a trial. @param keeper may be null.
  std::vector<RunResult> run(std::span<Recorder* const> recorders, const std::atomic<bool>& stop,
                             std::atomic<std::int64_t>& steps_done, Keeper* keeper = nullptr);
  /// The same of a block of one trial.
  RunResult run(Recorder& recorder, const std::atomic<bool>& stop,
                std::atomic<std::int64_t>& steps_done);

  /// Lets `run` end as if stopped once this step has been cleared.
  void stop_at(Index step) { stop_step_ = step; }

  /// All that a simulation which is kept or was stopped needs to go on; byte for byte.
  std::string save() const;
  /// Goes on where another simulation of the same scenario, regime and trials was saved: `run`
  /// then gives the numbers that are still missing. @throws DataError.
  void load(std::string_view saved);
  Index step() const { return step_; }
  /// Records of a trial that its recorder has been given, counted from the first step on.
  Index records_delivered(std::size_t trial) const {
    return static_cast<Index>(trials_[trial].records_delivered);
  }

  Market& market() { return *market_; }

 private:
  struct Trial {
    std::vector<MoverSequence> sequences;    // per group
    std::vector<std::vector<Index>> mapped;  // per group, its movers where it is not all agents
    std::size_t stage = 0;
    Index stage_begin = 0;
    double welfare = 0.0;  // last recorded
    std::vector<double> recent_welfare;
    std::size_t records_delivered = 0, records_buffered = 0;
    bool is_active = true;
    RunResult result;
  };

  template <class Body>
  void for_trials(const Body& body);
  void record(std::size_t trial);
  bool advance();
  void flush(std::span<Recorder* const> recorders);
  void note_failures();
  void end_trials();
  void draw_movers();
  bool has_settled(std::size_t trial);
  bool next_stage(std::size_t trial);
  void end(Trial& trial, RunResult::End how);
  void finish(Recorder& recorder, std::size_t trial);

  std::unique_ptr<Market> market_;
  SimulationPlan plan_;
  std::vector<MoverGroup> groups_;
  std::vector<std::size_t> trajectory_, final_;  // arrays of the state that are recorded
  int phases_ = 1;
  std::vector<Index> everyone_;
  std::vector<Trial> trials_;
  std::vector<Movers> changed_;                     // per trial: whose bids change
  std::vector<std::vector<Movers>> movers_;         // (slot) (trial): those of a stage's groups
  std::vector<std::vector<Index>> changed_agents_;  // per trial, where several groups move
  Index step_ = 0, stop_step_ = -1;
  bool is_resumed_ = false;
  bool can_advance_ = true;           // until the market has said that it is played act by act
  bool has_advanced_ = false;         // to the state of this step
  Index stretch_ = 0;                 // steps in one go, at most
  std::vector<std::uint8_t> moving_;  // per trial, whether it advances
  std::size_t next_record_ = 0;
  std::vector<double> records_;  // (trial x record x value), delivered in blocks
  std::size_t records_buffered_ = 0, records_kept_ = 1;  // of the trial that has most
  std::chrono::steady_clock::time_point last_flush_;
};

}  // namespace gbid
