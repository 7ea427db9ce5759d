// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/play/play_in_memory.hpp"

#include <stdexcept>

namespace gbid {
namespace {

class MemoryRecorder final : public Recorder {
 public:
  MemoryRecorder(const RegimeLayout& layout, PlayedTrial& played)
      : layout_(layout), played_(played) {}

  void trajectory(Index first, Index count, std::span<const double> values) override {
    const std::int64_t width = trajectory_width(layout_);
    for (Index record = 0; record < count; ++record) {
      played_.steps.push_back(layout_.steps[static_cast<std::size_t>(first + record)]);
      split(layout_.trajectory, values.subspan(static_cast<std::size_t>(record * width)),
            played_.trajectory);
    }
  }
  void final(std::span<const double> values) override {
    split(layout_.final, values, played_.final);
  }

 private:
  void split(const std::vector<Variable>& variables, std::span<const double> values,
             std::map<std::string, std::vector<double>>& into) const {
    for (const Variable& variable : variables) {
      std::size_t size = 1;
      for (const std::int64_t length : dimension_sizes(layout_, variable))
        size *= static_cast<std::size_t>(length);
      const auto part = values.first(size);
      into[variable.name].insert(into[variable.name].end(), part.begin(), part.end());
      values = values.subspan(size);
    }
  }

  const RegimeLayout& layout_;
  PlayedTrial& played_;
};

}  // namespace

std::vector<double> PlayedTrial::last(const std::string& variable) const {
  if (const auto found = final.find(variable); found != final.end()) return found->second;
  const std::vector<double>& values = trajectory.at(variable);
  const auto width = static_cast<std::ptrdiff_t>(values.size() / steps.size());
  return {values.end() - width, values.end()};
}

PlayedTrial play_in_memory(const Scenario& scenario, std::size_t regime, Index trial) {
  const RunLayout layout = scenario.layout();
  PlayedTrial played;
  MemoryRecorder recorder(layout.regimes.at(regime), played);
  const std::atomic<bool> stop = false;
  std::atomic<std::int64_t> steps_done = 0;
  played.result = scenario.simulation(regime, trial)->run(recorder, stop, steps_done);
  return played;
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
