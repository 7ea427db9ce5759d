// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/play/play_in_memory.hpp"

#include <stdexcept>

#include "scenarios/play/trial.hpp"

namespace gbid {
namespace {

/// Adds the values of one record to those of their variables.
void split(const RegimeLayout& layout, const std::vector<Variable>& variables,
           std::span<const double> values, std::map<std::string, std::vector<double>>& into) {
  for (const Variable& variable : variables) {
    std::size_t size = 1;
    for (const std::int64_t length : dimension_sizes(layout, variable))
      size *= static_cast<std::size_t>(length);
    const auto part = values.first(size);
    into[variable.name].insert(into[variable.name].end(), part.begin(), part.end());
    values = values.subspan(size);
  }
}

}  // namespace

std::vector<double> PlayedTrial::last(const std::string& variable) const {
  if (const auto found = final.find(variable); found != final.end()) return found->second;
  const std::vector<double>& values = trajectory.at(variable);
  const auto width = static_cast<std::ptrdiff_t>(values.size() / steps.size());
  return {values.end() - width, values.end()};
}

PlayedTrial play_in_memory(const Scenario& scenario, std::size_t regime, Index trial,
                           const std::atomic<bool>& stop, Journal* journal) {
  const RunLayout run = scenario.layout();
  const RegimeLayout& layout = run.regimes.at(regime);
  PlayedTrial played;
  std::vector<double> records, last;
  std::atomic<std::int64_t> steps_done = 0;
  played.result = play_trial(scenario, regime, trial,
                             {.journal = journal, .trajectory = &records, .final_values = &last},
                             stop, steps_done);
  const auto width = static_cast<std::size_t>(trajectory_width(layout));
  for (std::size_t at = 0; at < records.size(); at += width) {
    played.steps.push_back(layout.steps[played.steps.size()]);
    split(layout, layout.trajectory, std::span(records).subspan(at, width), played.trajectory);
  }
  if (!last.empty()) split(layout, layout.final, last, played.final);
  return played;
}

PlayedTrial play_in_memory(const Scenario& scenario, std::size_t regime, Index trial) {
  return play_in_memory(scenario, regime, trial, false, nullptr);
}

PlayedTrial play_in_memory(const Scenario& scenario, const std::string& regime, Index trial) {
  for (std::size_t k = 0; k < scenario.regime_count(); ++k)
    if (scenario.plan(k).name == regime) return play_in_memory(scenario, k, trial);
  throw std::out_of_range("no regime " + regime);
}

Scenario scenario_from_text(const std::string& toml, const std::string& name) {
  return Scenario::load(config::Document::from_text(toml, name, "."));
}

}  // namespace gbid
