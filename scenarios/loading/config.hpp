// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "agents/learning/learner.hpp"
#include "agents/network/kind.hpp"
#include "engine/config/schema.hpp"
#include "engine/schedule/schedule.hpp"
#include "engine/text/duration.hpp"
#include "scenarios/equilibrium/search_config.hpp"
#include "scenarios/loading/structures.hpp"
#include "scenarios/structure/regime.hpp"
#include "scenarios/structure/setup.hpp"

namespace gbid {

/// Steps as they are, or so many that every agent has had `steps` updates on average.
enum class Budget { kSteps, kUpdatesPerAgent };
enum class Until { kSteps, kSettled };

struct LearningConfig {
  Learner learner = Adam{};
  Budget budget = Budget::kSteps;
  Until until = Until::kSteps;
  SettleCriterion settled;
};

using ScheduleConfig = std::variant<AllAgents, OneRandom, RoundRobin, RandomSubset, FileArray>;

/// Some agents of a regime that want, move or learn otherwise than the others.
struct GroupConfig {
  std::vector<std::int64_t> agents;
  Objective objective = Objective::kOwnPayoff;
  ScheduleConfig schedule = AllAgents{};
  std::optional<Learner> learner;
};

/// A part of a run that follows the learning; what it does not say stays as it was.
struct StageConfig {
  std::int64_t steps = 100;
  std::optional<ScheduleConfig> schedule;
  std::optional<Learner> learner;
};

struct RegimeConfig {
  Objective objective = Objective::kOwnPayoff;
  ScheduleConfig schedule = AllAgents{};
  std::optional<Learner> learner;
  std::optional<InitialBids> initial_bids;
  std::vector<std::pair<std::string, GroupConfig>> groups;  ///< all others are as above
  std::vector<std::pair<std::string, StageConfig>> stages;  ///< after the learning, in order
  std::optional<std::variant<BetterResponses>> refine;      ///< after the last stage
};

/// How certificates are made, and when a state is called an equilibrium.
struct CertificateConfig {
  SearchConfig search;
  double tolerance = 1e-3;  ///< of the largest gain by the mean |payoff|
};

/// What is not said of the record depends on the structure, see `gbid list markets`.
struct RecordConfig {
  std::int64_t every = 10;
  std::optional<std::vector<std::string>> trajectory;
  std::optional<std::vector<std::string>> final;
  std::int64_t compression = 1;
  std::string checkpoint = "30s";

  /// Between two checkpoints of a simulation.
  std::chrono::milliseconds checkpoint_interval() const { return *duration_of(checkpoint); }
};

/// A whole scenario file.
struct ScenarioConfig {
  std::string title = "Untitled market";
  std::int64_t seed = 1;
  std::int64_t trials = 1;
  std::int64_t starts = 1;  ///< trials in a row that play the same game
  std::int64_t steps = 1000;
  std::string device = "cpu";    ///< what computes the steps, see engine/device/device.hpp
  bool device_fallback = false;  ///< whether the CPU plays what the device cannot
  MarketConfig market;
  std::optional<AgentsConfig> agents;  ///< of structures whose agents bid by a network of their own
  LearningConfig learning;
  std::vector<std::pair<std::string, RegimeConfig>> regimes;
  RecordConfig record;
  bool certify = false;
  CertificateConfig certificate;

  // Compiled once, in schema.cpp: copies of `market` are code for every structure.
  ScenarioConfig();
  ScenarioConfig(const ScenarioConfig&);
  ScenarioConfig(ScenarioConfig&&) noexcept;
  ScenarioConfig& operator=(const ScenarioConfig&);
  ScenarioConfig& operator=(ScenarioConfig&&) noexcept;
  ~ScenarioConfig();
};

// The declarations of every key, see `gbid list`.
const config::Schema<ScenarioConfig>& scenario_schema();
const config::Kinds<AllAgents, OneRandom, RoundRobin, RandomSubset, FileArray>& schedule_kinds();
const Structures::Of<config::Kinds>& market_kinds();
const std::vector<config::Choice<Objective>>& objective_choices();

}  // namespace gbid
