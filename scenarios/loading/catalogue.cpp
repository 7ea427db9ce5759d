// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/loading/catalogue.hpp"

#include "agents/cohort.hpp"
#include "scenarios/loading/registry.hpp"
#include "scenarios/structure/agents_schema.hpp"

namespace gbid {
namespace {

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
  std::vector<Registered> all{{"markets", "market.structure", market_kinds().describe()}};
  for (const StructureEntry& structure : structures())
    all.insert(all.end(), structure.lists.begin(), structure.lists.end());
  all.insert(all.end(),
             {{"networks", "agents.network", network_kinds().describe()},
              {"observations", "agents.network.observe", config::describe(observation_choices())},
              {"learners", "learning.learner", learner_kinds().describe()},
              {"objectives", "regimes.NAME.objective", config::describe(objective_choices())},
              {"schedules", "regimes.NAME.schedule", schedule_kinds().describe()},
              {"trajectories", "record.trajectory", trajectory_entries()},
              {"finals", "record.final", final_entries()}});
  return all;
}

std::optional<ScenarioConfig> example_scenario(const std::string& structure) {
  for (const StructureEntry& entry : structures())
    if (entry.name == structure) return example_of(entry);
  return std::nullopt;
}

}  // namespace gbid
