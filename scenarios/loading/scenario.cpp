// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/loading/scenario.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "agents/cohort.hpp"
#include "engine/config/suggestion.hpp"
#include "engine/core/error.hpp"
#include "engine/core/memory.hpp"
#include "scenarios/equilibrium/better_responses.hpp"
#include "scenarios/equilibrium/certificate.hpp"
#include "scenarios/loading/registry.hpp"

namespace gbid {
namespace {

Schedule schedule_of(const ScheduleConfig& config) {
  return std::visit(
      [](const auto& kind) -> Schedule {
        if constexpr (std::is_same_v<std::decay_t<decltype(kind)>, FileArray>)
          return GivenMovers{};  // its sequence differs from trial to trial
        else
          return kind;
      },
      config);
}

/// "hawks: group_payoff, adam, 2 agents; others: ..." of the first stage's groups.
std::string describe_groups(const RegimePlan& plan) {
  std::string text;
  for (std::size_t k = 0; k < plan.stages.front().group_count; ++k) {
    const GroupPlan& group = plan.groups[k];
    text +=
        fmt::format("{}{}: {}, {}, {}", k > 0 ? "; " : "", group.name,
                    objective_choices()[static_cast<std::size_t>(group.objective)].name,
                    learner_kinds().core().at_slot(group.learner.index()).name,
                    group.agents.empty() ? "all agents"
                                         : fmt::format("agents {}", fmt::join(group.agents, ", ")));
  }
  return text;
}

std::string gigabytes(double bytes) { return fmt::format("{:.3g} GB", bytes / 1e9); }

Index width(const std::vector<Variable>& variables, const std::vector<Dimension>& dimensions) {
  Index total = 0;
  for (const Variable& variable : variables) {
    Index size = 1;
    for (const std::string& name : variable.dimensions)
      size *= std::find_if(dimensions.begin(), dimensions.end(), [&](const Dimension& d) {
                return d.name == name;
              })->size;
    total += size;
  }
  return total;
}

void remove_repeats(std::vector<std::string>& names) {
  std::vector<std::string> kept;
  for (std::string& name : names)
    if (std::find(kept.begin(), kept.end(), name) == kept.end()) kept.push_back(std::move(name));
  names = std::move(kept);
}

}  // namespace

Scenario Scenario::load(const config::Document& document, ImageCache* images) {
  config::Diagnostics diagnostics;
  diagnostics.set_options(document.options());
  Scenario scenario(scenario_schema().read(document.root(), document, "", diagnostics));
  diagnostics.throw_if_any();
  ScenarioConfig& config = scenario.config_;
  ArrayLoader loader(document, diagnostics, images);
  const StructureEntry& structure = structure_of(config.market);
  if (structure.has_bidding_agents)
    config.agents = config.agents.value_or(AgentsConfig{});
  else if (config.agents)
    loader.fail("agents", fmt::format("expected no [agents]: what the agents of a {} own is said "
                                      "in [market]",
                                      structure.name));
  scenario.fill_in_learner(loader);
  scenario.fill_in_record(loader);
  diagnostics.throw_if_any();

  scenario.structure_ = make_structure(config, loader);
  diagnostics.throw_if_any();
  for (std::size_t regime = 0; regime < config.regimes.size(); ++regime)
    scenario.plan_regime(regime, loader);
  diagnostics.throw_if_any();
  // Nothing that grows with trials, steps or agents has been set aside so far.
  scenario.refuse_what_cannot_fit(document.name());
  for (std::size_t regime = 0; regime < config.regimes.size(); ++regime) {
    scenario.lay_out_records(regime);
    scenario.load_movers(regime, loader);
    scenario.structure_->load_regime(config.regimes[regime].second.initial_bids,
                                     scenario.plans_[regime], loader);
  }
  diagnostics.throw_if_any();
  scenario.inputs_ = loader.files();
  return scenario;
}

void Scenario::fill_in_learner(const ArrayLoader& loader) {
  if (!loader.has("learning.learner")) config_.learning.learner = default_learner(config_.market);
  auto* const adam = std::get_if<Adam>(&config_.learning.learner);
  const std::optional<Adam> its_usual = usual_adam(config_.market);
  if (!adam || !its_usual) return;
  const auto fill_in = [&](const char* key, double Adam::*number) {
    if (!loader.has(fmt::format("learning.learner.{}", key))) adam->*number = (*its_usual).*number;
  };
  fill_in("rate", &Adam::rate);
  fill_in("beta1", &Adam::beta1);
  fill_in("beta2", &Adam::beta2);
}

void Scenario::fill_in_record(ArrayLoader& loader) {
  const StructureEntry& structure = structure_of(config_.market);
  const Recordables& known = structure.recordables;
  const auto check = [&](const char* key, const std::vector<std::string>& names,
                         const std::vector<std::string>& allowed) {
    for (std::size_t k = 0; k < names.size(); ++k)
      if (std::find(allowed.begin(), allowed.end(), names[k]) == allowed.end())
        loader.fail(fmt::format("record.{}[{}]", key, k),
                    fmt::format("a {} does not record \"{}\"{}; expected one of {}", structure.name,
                                names[k], config::did_you_mean(names[k], allowed),
                                fmt::join(allowed, ", ")));
  };
  // 1. What is not said.
  if (!config_.record.trajectory) config_.record.trajectory = known.default_trajectory;
  if (!config_.record.final) config_.record.final = default_final(config_.market);
  // 2. What this structure cannot record.
  std::vector<std::string> trajectory, final;
  for (const Variable& variable : known.trajectory) trajectory.push_back(variable.name);
  trajectory.push_back(updates_spec().name());
  for (const auto& [name, help] : known.final) final.push_back(name);
  check("trajectory", *config_.record.trajectory, trajectory);
  check("final", *config_.record.final, final);
  // 3. Welfare is always kept: without it there is no price of anarchy.
  std::vector<std::string>& names = *config_.record.trajectory;
  names.insert(names.begin(), "welfare");
  remove_repeats(names);
  std::vector<std::string>& finals = *config_.record.final;
  if (config_.certify) finals.emplace_back(kCertificate);
  const auto refines = [](const auto& regime) { return regime.second.refine.has_value(); };
  if (std::any_of(config_.regimes.begin(), config_.regimes.end(), refines))
    finals.emplace_back(kRefinement);
  remove_repeats(finals);
  config_.certify = wants_certificate(finals);
}

void Scenario::plan_regime(std::size_t regime, ArrayLoader& loader) {
  const auto& [name, config] = config_.regimes[regime];
  const std::string key = "regimes." + name;
  if (name == "summary" || name == "scenario_toml")
    loader.fail(key,
                fmt::format("expected another name than \"{}\", which the file uses itself", name));
  RegimePlan plan;
  plan.name = name;
  plan.groups = plan_groups(regime, loader);
  plan.stages.front().group_count = plan.groups.size();
  for (const auto& [stage_name, stage] : config.stages) {
    if (stage.schedule && std::holds_alternative<FileArray>(*stage.schedule))
      loader.fail(fmt::format("{}.stages.{}.schedule", key, stage_name),
                  "expected a schedule other than a file's: a stage's first step is not known");
    if (!plan.groups.empty()) plan_stage(stage_name, stage, plan);
  }
  for (std::size_t k = plan.stages.front().group_count; k < plan.groups.size(); ++k)
    check_learner(plan.groups[k], key, loader);
  if (config_.learning.until == Until::kSettled) plan.settle = config_.learning.settled;
  plan.search = config_.certificate.search;
  plan.search.tolerance = config_.certificate.tolerance;
  if (config.refine) plan.refine = std::get<BetterResponses>(*config.refine);
  check_refinement(plan, key, loader);
  plan.trajectory = *config_.record.trajectory;
  plan.final = *config_.record.final;
  plan.trajectory_width = width(trajectory_variables(), structure_->dimensions());
  plan.final_width = width(final_variables(), structure_->dimensions());
  constexpr double kSlowStep = 1e6;  // flops; about a tenth of a millisecond
  if (structure_->step_flops(plan) > kSlowStep) plan.progress_every = 1;
  plans_.push_back(std::move(plan));
}

std::vector<GroupPlan> Scenario::plan_groups(std::size_t regime, ArrayLoader& loader) const {
  const auto& [name, config] = config_.regimes[regime];
  const Index agents = structure_->agents();
  const Learner& learner = config.learner ? *config.learner : config_.learning.learner;
  std::vector<GroupPlan> groups;
  std::set<Index> taken;  // nothing here grows with the number of agents unless groups name them
  const auto add = [&](const std::string& group_name, const std::string& key, auto members,
                       Objective objective, const ScheduleConfig& schedule,
                       const Learner& own_learner) {
    GroupPlan group;
    group.name = group_name;
    group.agents = std::move(members);
    group.schedule = schedule_of(schedule);
    group.objective = objective;
    group.learner = own_learner;
    group.phases = phase_count(own_learner);
    group.learns = objective != Objective::kFixed;
    const Index size = group.agents.empty() ? agents : static_cast<Index>(group.agents.size());
    if (const auto* subset = std::get_if<RandomSubset>(&schedule); subset && subset->size > size)
      loader.fail(key + ".schedule", fmt::format("expected a subset of at most {} agents, got {}",
                                                 size, subset->size));
    if (std::holds_alternative<FileArray>(schedule) && !config.groups.empty())
      loader.fail(key + ".schedule",
                  "expected a schedule other than a file's: agents of several groups move at once");
    check_learner(group, key, loader);
    groups.push_back(std::move(group));
  };
  // 1. Those that have a name.
  const std::string key = "regimes." + name;
  for (const auto& [group_name, group] : config.groups) {
    const std::string own_key = key + ".groups." + group_name;
    std::vector<Index> members;
    for (std::size_t k = 0; k < group.agents.size(); ++k) {
      const Index agent = group.agents[k];
      if (agent >= agents)
        loader.fail(fmt::format("{}.agents[{}]", own_key, k),
                    fmt::format("expected an agent from 0 to {}, got {}", agents - 1, agent));
      else if (!taken.insert(agent).second)
        loader.fail(fmt::format("{}.agents[{}]", own_key, k),
                    fmt::format("expected each agent in one group, got {} again", agent));
      else
        members.push_back(agent);
    }
    if (group.agents.empty()) loader.fail(own_key + ".agents", "expected at least one agent");
    std::sort(members.begin(), members.end());
    if (!members.empty())
      add(group_name, own_key, members, group.objective, group.schedule,
          group.learner ? *group.learner : learner);
  }
  // 2. All others.
  if (static_cast<Index>(taken.size()) == agents) return groups;
  std::vector<Index> others;
  for (Index agent = 0; agent < agents && !taken.empty(); ++agent)
    if (!taken.count(agent)) others.push_back(agent);
  add(config.groups.empty() ? "all" : "others", key, std::move(others), config.objective,
      config.schedule, learner);
  return groups;
}

void Scenario::check_learner(const GroupPlan& group, const std::string& key,
                             ArrayLoader& loader) const {
  const Signal signal = signal_of(group.learner);
  if (!structure_->gives(signal))
    loader.fail(
        loader.has(key + ".learner") ? key + ".learner" : "learning.learner",
        fmt::format("expected a learner that climbs plain gradients: this {} has no {}, got {}",
                    structure_of(config_.market).name,
                    signal == Signal::kBestResponse ? "exact best responses" : "natural gradients",
                    info_of(group.learner).name));
  else if (signal == Signal::kBestResponse && group.objective != Objective::kOwnPayoff &&
           group.learns)
    loader.fail(key + ".objective",
                "expected own_payoff: a best response is one agent's to the others, and the "
                "learner is best_response");
}

void Scenario::check_refinement(const RegimePlan& plan, const std::string& key,
                                ArrayLoader& loader) const {
  if (!plan.refine) return;
  if (!structure_->can_refine())
    loader.fail(key + ".refine", fmt::format("expected no refinement: best responses of a {} are "
                                             "not searched for",
                                             structure_of(config_.market).name));
  for (const GroupPlan& group : plan.groups)
    if (group.objective == Objective::kMeanUtility)
      loader.fail(key + ".refine",
                  "expected an objective that is a payoff: better responses maximise own, group's "
                  "or mean payoffs, got mean_utility");
}

void Scenario::plan_stage(const std::string& name, const StageConfig& config,
                          RegimePlan& plan) const {
  Stage& before = plan.stages.back();
  Stage stage{name, plan.groups.size(), before.group_count, config.steps};
  for (std::size_t k = 0; k < before.group_count; ++k) {
    GroupPlan group = plan.groups[before.first_group + k];
    if (config.schedule) group.schedule = schedule_of(*config.schedule);
    if (config.learner) group.learner = *config.learner;
    group.phases = phase_count(group.learner);
    plan.groups.push_back(std::move(group));
  }
  plan.stages.push_back(stage);
}

std::vector<Variable> Scenario::trajectory_variables() const {
  std::vector<ArraySpec> arrays = structure_->arrays();
  arrays.push_back(updates_spec());
  std::vector<Variable> variables;
  for (const std::string& name : *config_.record.trajectory)
    for (Variable& variable : recorded_variables(arrays, Recorded::kTrajectory, name))
      variables.push_back(std::move(variable));
  return variables;
}

std::vector<Variable> Scenario::final_variables() const {
  const std::vector<ArraySpec> arrays = structure_->arrays();
  std::vector<Variable> variables;
  for (const std::string& name : *config_.record.final)
    for (Variable& variable : recorded_variables(arrays, Recorded::kFinal, name))
      variables.push_back(std::move(variable));
  return variables;
}

Scenario::Length Scenario::length(std::size_t regime) const {
  // As many records whatever the budget: a step of one agent is a fraction of a step of all.
  const double per_update = config_.learning.budget == Budget::kSteps
                                ? 1.0
                                : static_cast<double>(structure_->agents()) /
                                      static_cast<double>(std::max<Index>(
                                          1, plans_[regime].movers_per_step(structure_->agents())));
  double steps = std::ceil(static_cast<double>(config_.steps) * per_update);
  for (const auto& [name, stage] : config_.regimes[regime].second.stages)
    steps += static_cast<double>(stage.steps);
  const double every = std::ceil(static_cast<double>(config_.record.every) * per_update);
  return {steps, every, std::floor(steps / every) + (std::fmod(steps, every) != 0.0 ? 2.0 : 1.0)};
}

void Scenario::lay_out_records(std::size_t regime) {
  const Length length = this->length(regime);
  std::vector<Index>& steps = plans_[regime].recorded_steps;
  steps.reserve(static_cast<std::size_t>(length.records));
  const auto last = static_cast<Index>(length.steps), every = static_cast<Index>(length.every);
  for (Index step = 0; step < last; step += every) steps.push_back(step);
  steps.push_back(last);
  // What follows the learning begins after its steps, if it has not settled before.
  std::vector<Stage>& stages = plans_[regime].stages;
  Index following = 0;
  for (std::size_t k = 1; k < stages.size(); ++k) following += stages[k].steps;
  if (stages.size() > 1) stages.front().steps = last - following;
}

void Scenario::load_movers(std::size_t regime, ArrayLoader& loader) {
  const auto& [name, config] = config_.regimes[regime];
  const Index agents = structure_->agents(), trials = config_.trials;
  std::vector<std::shared_ptr<const std::vector<Index>>> movers;
  if (const auto* file = std::get_if<FileArray>(&config.schedule)) {
    const std::string key = "regimes." + name + ".schedule";
    const Index steps = plans_[regime].recorded_steps.back();
    const Array array = loader.load(*file, key, {{kAnyLength}, {trials, kAnyLength}});
    const Index rows = array.shape.size() == 2 ? trials : 1;
    const Index given =
        array.shape.empty() ? steps : array.shape.back();  // an error is reported once
    if (given < steps)
      loader.fail(key, fmt::format("expected a mover for each of {} steps, got {}", steps, given));
    for (Index row = 0; row < rows && given >= steps && !array.values.empty(); ++row) {
      auto sequence = std::make_shared<std::vector<Index>>();
      for (Index s = 0; s < steps; ++s) {
        const double agent = array.values[static_cast<std::size_t>(row * given + s)];
        if (agent != std::floor(agent) || agent < 0 || agent >= static_cast<double>(agents)) {
          loader.fail(key, fmt::format("expected agents from 0 to {}, got {} at step {}",
                                       agents - 1, agent, s));
          break;
        }
        sequence->push_back(static_cast<Index>(agent));
      }
      movers.push_back(std::move(sequence));
    }
  }
  given_movers_.push_back(std::move(movers));
}

void Scenario::refuse_what_cannot_fit(const std::string& name) const {
  const RunEstimate needed = estimate(1);
  const double memory = physical_memory_bytes();
  constexpr double kMostRecords = 1e9;
  double records = 0.0;
  for (std::size_t regime = 0; regime < plans_.size(); ++regime)
    records = std::max(records, length(regime).records);
  if (!(needed.memory_bytes <= memory))
    throw ScenarioError(fmt::format("{}: {} agents need about {} of memory, this machine has {}",
                                    name, structure_->agents(), gigabytes(needed.memory_bytes),
                                    gigabytes(memory)));
  if (!(needed.steps < 9e18) || !(records <= kMostRecords))
    throw ScenarioError(
        fmt::format("{}: {:.3g} steps and {:.3g} records a trial are more than can be counted; "
                    "raise record.every or lower steps",
                    name, needed.steps, records));
}

double Scenario::record_bytes(std::size_t regime) const {
  const RegimePlan& plan = plans_[regime];
  return sizeof(double) * (length(regime).records * static_cast<double>(plan.trajectory_width) +
                           static_cast<double>(plan.final_width));
}

double Scenario::simulation_bytes(std::size_t regime) const {
  return structure_->trial_bytes(plans_[regime]) + record_bytes(regime);
}

/// On a card all trials are one block; blocks of more than so many are no faster.
constexpr Index kMostOnCard = 32768;

Index Scenario::block_size(std::size_t regime, const Device& device) const {
  return device.is_cpu() ? structure_->block_size(plans_[regime])
                         : std::min<Index>(kMostOnCard, config_.trials);
}

RunEstimate Scenario::estimate(int threads, const Device& device) const {
  RunEstimate total;
  const auto trials = static_cast<double>(config_.trials);
  std::vector<double> bytes;
  Index block = 1;
  for (std::size_t regime = 0; regime < plans_.size(); ++regime) {
    const RegimePlan& plan = plans_[regime];
    block = std::max(block, block_size(regime, device));
    if (!device.is_cpu()) {
      const double blocks = std::ceil(trials / static_cast<double>(block_size(regime, device)));
      total.card_bytes += std::min(blocks, static_cast<double>(threads)) *
                          structure_->card_bytes(plan, block_size(regime, device)).all;
    }
    const Length length = this->length(regime);
    bytes.push_back(structure_->trial_bytes(plan) +
                    static_cast<double>(plan.final_width) * sizeof(double));
    total.parameters = structure_->parameter_count();
    total.file_bytes += trials * record_bytes(regime);
    total.steps += trials * length.steps;
    total.flops += trials * simulation_flops(regime);
  }
  // The largest simulations side by side.
  total.memory_bytes = structure_->shared_bytes() + total.card_bytes;  // what lies there lies here
  std::sort(bytes.rbegin(), bytes.rend());
  const double side_by_side = std::min(static_cast<double>(threads) * static_cast<double>(block),
                                       trials * static_cast<double>(bytes.size()));
  for (int k = 0; k < static_cast<int>(side_by_side); ++k)
    total.memory_bytes += bytes[static_cast<std::size_t>(static_cast<double>(k) / trials)];
  return total;
}

RunLayout Scenario::layout() const {
  RunLayout layout;
  layout.title = config_.title;
  layout.scenario_toml = resolved();
  layout.seed = static_cast<std::uint64_t>(config_.seed);
  layout.trials = config_.trials;
  layout.compression = static_cast<int>(config_.record.compression);
  const bool has_shared_game =
      structure_->has_shared_game() || (config_.starts > 1 && config_.starts == config_.trials);
  for (std::size_t regime = 0; regime < plans_.size(); ++regime) {
    const RegimePlan& plan = plans_[regime];
    RegimeLayout out;
    out.name = plan.name;
    out.dimensions = structure_->dimensions();
    out.trajectory = trajectory_variables();
    out.final = final_variables();
    out.steps = plan.recorded_steps;
    out.attributes = {
        {"objective", objective_choices()[static_cast<std::size_t>(plan.group().objective)].name},
        {"schedule",
         schedule_kinds().core().at_slot(config_.regimes[regime].second.schedule.index()).name},
        {"learner", learner_kinds().core().at_slot(plan.group().learner.index()).name},
        {"budget", config_.learning.budget == Budget::kSteps ? "steps" : "updates_per_agent"},
        {"movers_per_step", std::to_string(plan.movers_per_step(structure_->agents()))},
        {"shared_game", has_shared_game ? "true" : "false"},
        {"trials_per_game", std::to_string(has_shared_game ? config_.trials : config_.starts)},
        {"certificate_tolerance", fmt::format("{}", config_.certificate.tolerance)},
    };
    if (plan.groups.size() > 1) out.attributes["groups"] = describe_groups(plan);
    out.attributes.merge(structure_->attributes());
    layout.regimes.push_back(std::move(out));
  }
  return layout;
}

std::unique_ptr<Simulation> Scenario::simulation(std::size_t regime, Index trial) const {
  return block(regime, trial, 1);
}

std::unique_ptr<Simulation> Scenario::block(std::size_t regime, Index first, Index count,
                                            const Device& device) const {
  const RegimePlan& plan = plans_[regime];
  const auto& given = given_movers_[regime];
  std::vector<Simulation::Own> trials;
  for (Index trial = first; trial < first + count; ++trial) {
    Simulation::Own own{.key = {.seed = static_cast<std::uint64_t>(config_.seed),
                                .regime = regime_key(plan.name),
                                .trial = static_cast<std::uint64_t>(trial)}};
    if (!given.empty()) own.movers = given[given.size() == 1 ? 0 : static_cast<std::size_t>(trial)];
    trials.push_back(std::move(own));
  }
  const std::vector<MoverGroup> groups(plan.groups.begin(), plan.groups.end());
  auto market = device.is_cpu() ? structure_->market(regime, plan, first, count)
                                : structure_->card_market(regime, plan, first, count, device);
  return std::make_unique<Simulation>(std::move(market), plan, groups, trials);
}

}  // namespace gbid
