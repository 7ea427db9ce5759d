// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/loading/registry.hpp"

#include <algorithm>

#include "scenarios/bidding/path_meter.hpp"
#include "scenarios/equilibrium/better_responses.hpp"
#include "scenarios/equilibrium/certificate.hpp"

namespace gbid {
namespace {

/// Every agent that owns a network has best responses to look for and a path to follow.
void add_what_bidding_agents_record(Recordables& recordables) {
  recordables.add(specs_of(certificate_rows()),
                  {{kCertificate, "what every agent could still gain; see [certificate]"}});
  recordables.add(
      specs_of(refinement_rows()),
      {{kRefinement, "moves to better responses after learning; see refine of a regime"}});
  recordables.add(specs_of(PathMeter::arrays()),
                  {{kCycling,
                    "whether the bids go round in circles, over the last third to three "
                    "fifths of the steps"}});
}

}  // namespace

const std::vector<StructureEntry>& structures() {
  static const std::vector<StructureEntry> entries = [] {
    std::vector<StructureEntry> all;
    Structures::for_each([&](const StructureEntry& entry) {
      all.push_back(entry);
      if (entry.has_bidding_agents) add_what_bidding_agents_record(all.back().recordables);
    });
    return all;
  }();
  return entries;
}

std::unique_ptr<Structure> make_structure(const ScenarioConfig& config, ArrayLoader& loader) {
  const Setup setup{.seed = static_cast<std::uint64_t>(config.seed),
                    .trials = config.trials,
                    .starts = config.starts,
                    .agents = config.agents.value_or(AgentsConfig{})};
  return Structures::visit(config.market, [&](const auto& entry, const auto& market) {
    return entry.make(market, setup, loader);
  });
}

std::vector<std::string> default_final(const MarketConfig& market) {
  std::vector<std::string> names = structure_of(market).recordables.default_final;
  Structures::visit(market, [&](const auto& entry, const auto& keys) {
    if (!entry.more_final) return;
    for (std::string& name : entry.more_final(keys)) names.push_back(std::move(name));
  });
  return names;
}

Learner default_learner(const MarketConfig& market) {
  Learner learner = LearningConfig{}.learner;
  Structures::visit(market, [&](const auto&, const auto& keys) {
    using Keys = std::decay_t<decltype(keys)>;
    if constexpr (requires { keys.default_learner(); })
      learner = keys.default_learner();
    else if constexpr (requires { Keys::kUsualAdam; })
      learner = Keys::kUsualAdam;
  });
  return learner;
}

std::optional<Adam> usual_adam(const MarketConfig& market) {
  std::optional<Adam> adam;
  Structures::visit(market, [&](const auto&, const auto& keys) {
    using Keys = std::decay_t<decltype(keys)>;
    if constexpr (requires { Keys::kUsualAdam; }) adam = Keys::kUsualAdam;
  });
  return adam;
}

ScenarioConfig example_of(const StructureEntry& structure) {
  const auto document = config::Document::from_text(structure.example, structure.name);
  ScenarioConfig example = scenario_schema().read(document);
  if (!document.root().at_path("learning.learner"))
    example.learning.learner = default_learner(example.market);
  if (structure.has_bidding_agents) example.agents = example.agents.value_or(AgentsConfig{});
  RecordConfig& record = example.record;
  if (!record.trajectory) record.trajectory = structure.recordables.default_trajectory;
  if (!record.final) record.final = default_final(example.market);
  return example;
}

}  // namespace gbid
