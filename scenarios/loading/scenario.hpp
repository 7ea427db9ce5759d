// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/config/document.hpp"
#include "engine/device/device.hpp"
#include "engine/record/layout.hpp"
#include "engine/simulation/simulation.hpp"
#include "scenarios/loading/config.hpp"
#include "scenarios/structure/structure.hpp"

namespace gbid {

/// What a run will take, before it starts.
struct RunEstimate {
  double parameters = 0;    ///< of all agents, per trial and regime
  double memory_bytes = 0;  ///< with `threads` simulations side by side
  double file_bytes = 0;    ///< before compression
  double steps = 0;         ///< over all trials and regimes
  double flops = 0;
  double card_bytes = 0;  ///< on a card, of all regimes side by side
};

/// A validated scenario: immutable, shared by all threads without a lock.
class Scenario {
 public:
  /// @throws ScenarioError with all faults of the file; MissingInputError for a file it names;
  /// before anything large is set aside, ScenarioError if it cannot fit into memory.
  /// @param images  shared with other scenarios, so that each data set is read once; may be null.
  static Scenario load(const config::Document& document, ImageCache* images = nullptr);

  const ScenarioConfig& config() const { return config_; }
  /// The scenario with every key spelled out; loading it again gives the same run.
  std::string resolved() const { return scenario_schema().to_toml(config_); }

  Index trials() const { return config_.trials; }
  std::size_t regime_count() const { return plans_.size(); }
  const RegimePlan& plan(std::size_t regime) const { return plans_[regime]; }

  /// The data files that it names, which the output must not replace.
  const std::vector<std::string>& inputs() const { return inputs_; }

  RunLayout layout() const;
  RunEstimate estimate(int threads, const Device& device = {}) const;

  /// Bytes of one trial of a regime while it is played, all its records included.
  double simulation_bytes(std::size_t regime) const;
  /// Memory that all simulations share.
  double shared_bytes() const { return structure_->shared_bytes(); }
  /// Bytes that one trial of a regime leaves in a file, before compression.
  double record_bytes(std::size_t regime) const;
  /// Steps of one trial of a regime, if it does not settle before.
  double simulation_steps(std::size_t regime) const { return length(regime).steps; }
  /// Floating-point operations of one trial of a regime, roughly.
  double simulation_flops(std::size_t regime) const {
    return length(regime).steps * structure_->step_flops(plans_[regime]) +
           structure_->final_flops(plans_[regime]);
  }

  /// The certificate of what a finished trial recorded at its end; see Structure::certify.
  std::optional<Certificate> certify(std::size_t regime, Index trial,
                                     const StateReader& read) const {
    return structure_->certify(regime, plan(regime), trial, read);
  }
  /// Loads and tests networks of runs of this scenario; null if its agents own none to test.
  std::unique_ptr<Evaluator> evaluator() const { return structure_->evaluator(); }
  std::vector<Dimension> dimensions() const { return structure_->dimensions(); }
  /// The market with its numbers filled in.
  const Structure& structure() const { return *structure_; }

  /// A trial of a regime, at its first step. Safe to call from several threads.
  std::unique_ptr<Simulation> simulation(std::size_t regime, Index trial) const;
  /// Trials of a regime that are best played as one block.
  Index block_size(std::size_t regime, const Device& device = {}) const;
  /// `count` trials from `first` on, side by side; each gives the numbers that it gives alone.
  std::unique_ptr<Simulation> block(std::size_t regime, Index first, Index count,
                                    const Device& device = {}) const;

 private:
  /// Of a regime, as numbers that cannot overflow.
  struct Length {
    double steps, every, records;
  };

  explicit Scenario(ScenarioConfig config) : config_(std::move(config)) {}
  void plan_regime(std::size_t regime, ArrayLoader& loader);
  std::vector<GroupPlan> plan_groups(std::size_t regime, ArrayLoader& loader) const;
  void plan_stage(const std::string& name, const StageConfig& config, RegimePlan& plan) const;
  void check_refinement(const RegimePlan& plan, const std::string& key, ArrayLoader& loader) const;
  void check_learner(const GroupPlan& group, const std::string& key, ArrayLoader& loader) const;
  void refuse_what_cannot_fit(const std::string& name) const;
  void lay_out_records(std::size_t regime);
  void load_movers(std::size_t regime, ArrayLoader& loader);
  void fill_in_learner(const ArrayLoader& loader);
  void fill_in_record(ArrayLoader& loader);
  Length length(std::size_t regime) const;
  std::vector<Variable> trajectory_variables() const;
  std::vector<Variable> final_variables() const;

  ScenarioConfig config_;
  std::unique_ptr<Structure> structure_;
  std::vector<RegimePlan> plans_;
  std::vector<std::string> inputs_;
  // Per regime: none, one for all trials, or one a trial.
  std::vector<std::vector<std::shared_ptr<const std::vector<Index>>>> given_movers_;
};

}  // namespace gbid
