// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/loading/catalogue.hpp"

#include "agents/cohort.hpp"
#include "scenarios/bid_matrix/schema.hpp"
#include "scenarios/graph/schema.hpp"
#include "scenarios/loading/registry.hpp"
#include "scenarios/routing/schema.hpp"

namespace gbid {
namespace {

template <class E>
std::vector<config::KeyInfo> entries_of(const std::vector<config::Choice<E>>& choices) {
  std::vector<config::KeyInfo> entries;
  for (const auto& choice : choices) {
    config::KeyInfo entry;
    entry.key = choice.name;
    entry.help = choice.help;
    entries.push_back(std::move(entry));
  }
  return entries;
}

/// What any structure can record, each name once, with the structures that can.
class RecordableEntries {
 public:
  void add(const std::string& name, const std::string& help, const std::string& structure) {
    for (config::KeyInfo& entry : entries_)
      if (entry.key == name) {
        entry.help.insert(entry.help.size() - 1, ", " + structure);
        return;
      }
    config::KeyInfo entry;
    entry.key = name;
    entry.help = help + " [" + structure + "]";
    entries_.push_back(std::move(entry));
  }
  std::vector<config::KeyInfo> take() { return std::move(entries_); }

 private:
  std::vector<config::KeyInfo> entries_;
};

std::string with_dimensions(const Variable& variable) {
  std::string dimensions;
  for (const std::string& name : variable.dimensions)
    dimensions += (dimensions.empty() ? "" : " x ") + name;
  return variable.long_name + (dimensions.empty() ? "" : " (" + dimensions + ")");
}

std::vector<config::KeyInfo> trajectory_entries() {
  RecordableEntries entries;
  for (const StructureEntry& structure : structures())
    for (const Variable& variable : structure.recordables.trajectory)
      entries.add(variable.name, with_dimensions(variable), structure.name);
  entries.add(updates_spec().name(), with_dimensions(updates_spec().variable), "all");
  return entries.take();
}

std::vector<config::KeyInfo> final_entries() {
  RecordableEntries entries;
  for (const StructureEntry& structure : structures())
    for (const auto& [name, help] : structure.recordables.final)
      entries.add(name, help, structure.name);
  return entries.take();
}

}  // namespace

std::vector<Registered> registry() {
  return {
      {"markets", "market.structure", market_kinds().describe()},
      {"terms", "market.payoff", entries_of(bid_matrix::term_choices())},
      {"squashes", "market.bids.squash", entries_of(bid_matrix::squash_choices())},
      {"masks", "market.bids.mask", entries_of(bid_matrix::mask_choices())},
      {"topologies", "market.graph", graph::graph_kinds().describe()},
      {"roads", "market.network", routing::network_kinds().describe()},
      {"networks", "agents.network", network_kinds().describe()},
      {"observations", "agents.network.observe", entries_of(observation_choices())},
      {"learners", "learning.learner", learner_kinds().describe()},
      {"objectives", "regimes.NAME.objective", entries_of(objective_choices())},
      {"schedules", "regimes.NAME.schedule", schedule_kinds().describe()},
      {"trajectories", "record.trajectory", trajectory_entries()},
      {"finals", "record.final", final_entries()},
  };
}

std::optional<ScenarioConfig> example_scenario(const std::string& structure) {
  for (const StructureEntry& entry : structures())
    if (entry.name == structure) return entry.example;
  return std::nullopt;
}

}  // namespace gbid
