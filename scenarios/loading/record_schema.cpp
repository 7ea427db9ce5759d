// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include "agents/cohort.hpp"
#include "scenarios/loading/registry.hpp"
#include "scenarios/loading/sections.hpp"

namespace gbid {

using config::Choice;
using config::Schema;

namespace {

/// The names that any structure can record; whether this one can is checked with its market.
std::vector<Choice<std::string>> recordable_choices(bool is_final) {
  std::vector<Choice<std::string>> choices;
  const auto add = [&](const std::string& name, const std::string& help) {
    for (const auto& choice : choices)
      if (choice.name == name) return;
    choices.push_back({name, name, help});
  };
  for (const StructureEntry& structure : structures()) {
    if (is_final)
      for (const auto& [name, help] : structure.recordables.final) add(name, help);
    else
      for (const Variable& variable : structure.recordables.trajectory)
        add(variable.name, variable.long_name);
  }
  if (!is_final) add(updates_spec().name(), updates_spec().variable.long_name);
  return choices;
}

}  // namespace

Schema<RecordConfig> record_schema() {
  return Schema<RecordConfig>("record", "What the file keeps.")
      .integer("every", &RecordConfig::every, {1, 1000000000000},
               "steps from one record to the next")
      .text_list("trajectory", &RecordConfig::trajectory, recordable_choices(false),
                 "kept at every record; welfare always is")
      .text_list("final", &RecordConfig::final, recordable_choices(true), "kept once, at the end")
      .integer("compression", &RecordConfig::compression, {0, 9},
               "gzip level of the file; 0 is none")
      .text("checkpoint", &RecordConfig::checkpoint,
            "between two checkpoints of a simulation, from which an interrupted run goes on: "
            "\"500ms\", \"30s\", \"1h30m\"")
      .check([](const RecordConfig& record, const config::Checker& checker) {
        if (!duration_of(record.checkpoint))
          checker.fail("checkpoint",
                       fmt::format("expected a time such as \"30s\" or \"1h30m\", got \"{}\"",
                                   record.checkpoint));
      });
}

Schema<CertificateConfig> certificate_schema() {
  const auto search = Schema<SearchConfig>("search", "How best responses are looked for.")
                          .integer("agents", &SearchConfig::agents, {0, 1000000000},
                                   "agents that are examined, at equal distances; 0: every "
                                   "one. Their gains are lower bounds of all agents' gains")
                          .integer("starts", &SearchConfig::starts, {1, 1000000},
                                   "starts of a search: the agent's own bids, and the most "
                                   "promising others; fewer where bids are more than 100")
                          .integer("climbs", &SearchConfig::climbs, {1, 1000000},
                                   "of these, how many are followed to the end; attempts of "
                                   "networks, later ones at lower rates")
                          .integer("iterations", &SearchConfig::iterations, {1, 1000000000},
                                   "steps of one attempt: at most; of networks, exactly")
                          .integer("cells", &SearchConfig::cells, {0, 1000000000},
                                   "where no agent was found to gain: cells of a proof by branch "
                                   "and bound that none can, at most; 0: none is tried. Three or "
                                   "four bids an agent take thousands, more take too many")
                          .boolean("exchanges", &SearchConfig::exchanges,
                                   "whether bids next to the best are tried that no gradient leads "
                                   "to; half of the work or more");
  return Schema<CertificateConfig>("certificate", "How certificates are made and read.")
      .table("search", &CertificateConfig::search, search,
             "how best responses are looked for where the market has no exact ones")
      .number(
          "tolerance", &CertificateConfig::tolerance, {.min = 0.0},
          "an end is an equilibrium if no agent's gain is above this share of the mean absolute "
          "payoff");
}

}  // namespace gbid
