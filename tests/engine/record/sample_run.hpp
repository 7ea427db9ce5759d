// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
// A small made-up run whose every value is a formula of its place, for the tests of journal,
// publish and reader.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/record/journal.hpp"
#include "engine/record/publish.hpp"

namespace gbid::sample {

struct Size {
  std::int64_t trials = 3;
  std::int64_t records = 5;
  std::int64_t agents = 4;
};

/// Two regimes: trajectories welfare (scalar) and payoff (agent), finals weights (agent x
/// counterpart) and score.
inline RunLayout layout(const Size& size) {
  RunLayout run{.title =
                    "A \"sample\" of\nmany \xC3\xA9"
                    "conomies",
                .scenario_toml = "title = \"sample\"\n[market]\nagents = 4 # \xE2\x88\x9E\n",
                .seed = 0xFEDCBA9876543210,
                .trials = size.trials,
                .command_line = "gbid run sample.toml --set title='\t\xFF'",
                .created = "2024-01-02T03:04:05Z",
                .version = "1.2.3",
                .build = "a compiler",
                .compression = 4,
                .regimes = {}};
  for (const char* name : {"competitive", "coordinated"}) {
    RegimeLayout regime;
    regime.name = name;
    regime.dimensions = {{"agent", size.agents, "agent that bids"},
                         {"counterpart", size.agents, "agent that is bid on"}};
    regime.trajectory = {{"welfare", "mean payoff", "1", {}},
                         {"payoff", "payoff per agent", "1", {"agent"}}};
    regime.final = {{"weights", "share of i's bid on j", "1", {"agent", "counterpart"}},
                    {"score", "score of the trial", "1", {}}};
    for (std::int64_t k = 0; k < size.records; ++k) regime.steps.push_back(10 * k);
    if (size.records > 1) regime.steps.back() -= 3;  // the last step is off the grid
    regime.attributes = {{"objective", "own_payoff"}, {"schedule", "one \"random\""}};
    run.regimes.push_back(regime);
  }
  return run;
}

/// Value of element `k` of a record; differs everywhere and is exact in decimal.
inline double value(std::size_t regime, std::int64_t trial, std::int64_t record, std::int64_t k) {
  return static_cast<double>(regime) * 1e6 + static_cast<double>(trial) * 1e3 +
         static_cast<double>(record) + static_cast<double>(k) / 1024.0;
}

inline std::vector<double> records(const RunLayout& run, std::size_t regime, std::int64_t trial,
                                   std::int64_t first, std::int64_t count) {
  const std::int64_t width = trajectory_width(run.regimes[regime]);
  std::vector<double> values;
  for (std::int64_t r = first; r < first + count; ++r) {
    for (std::int64_t k = 0; k < width; ++k) values.push_back(value(regime, trial, r, k));
  }
  return values;
}

inline std::vector<double> final_values(const RunLayout& run, std::size_t regime,
                                        std::int64_t trial) {
  std::vector<double> values;
  for (std::int64_t k = 0; k < final_width(run.regimes[regime]); ++k) {
    values.push_back(-1.0 - value(regime, trial, 0, k));
  }
  return values;
}

/// One trial, record by record, then its end.
inline void write_trial(Journal& journal, std::size_t regime, std::int64_t trial,
                        std::int64_t record_count) {
  const RunLayout& run = journal.layout();
  for (std::int64_t r = 0; r < record_count; ++r) {
    journal.append_trajectory(regime, trial, r, 1, records(run, regime, trial, r, 1));
  }
  journal.append_final(regime, trial, final_values(run, regime, trial));
  const bool is_failed = regime == 1 && trial == 1;
  journal.append_outcome(regime, trial,
                         {is_failed ? TrialStatus::kFailed : TrialStatus::kCompleted,
                          10 * record_count, is_failed ? "agent 3: overflow \xE2\x86\x91" : ""});
}

inline void write_all_trials(Journal& journal) {
  const RunLayout& run = journal.layout();
  for (std::size_t regime = 0; regime < run.regimes.size(); ++regime) {
    for (std::int64_t trial = 0; trial < run.trials; ++trial) {
      write_trial(journal, regime, trial,
                  static_cast<std::int64_t>(run.regimes[regime].steps.size()));
    }
  }
}

/// What an analysis would add.
inline void add_summary(PublishedFile& file) {
  GroupWriter summary = file.add_group("summary");
  summary.attribute("competitive", "regime competitive");
  const RunLayout& run = file.records().layout();
  const Array welfare = file.records().values(0, "welfare");
  const auto records = static_cast<std::size_t>(welfare.shape[1]);
  std::vector<double> last;
  std::vector<std::int64_t> counts;
  std::vector<std::int8_t> settled;
  for (std::int64_t trial = 0; trial < run.trials; ++trial) {
    last.push_back(welfare.values[(static_cast<std::size_t>(trial) + 1) * records - 1]);
    counts.push_back(trial * trial);
    settled.push_back(static_cast<std::int8_t>(trial % 2));
  }
  summary.write({.name = "welfare", .long_name = "last welfare"}, {"trial"}, last);
  summary.write({.name = "visits", .long_name = "a count"}, {"trial"}, counts);
  summary.write_flags({.name = "settled", .long_name = "is at rest"}, {"trial"}, settled, "no yes");
  const double mean = 0.5;
  const std::uint64_t seed = run.seed;
  summary.write({.name = "mean", .long_name = "mean", .attributes = {{"note", "by hand"}}}, {},
                std::span(&mean, 1));
  summary.write({.name = "seed", .long_name = "seed"}, {}, std::span(&seed, 1));
}

}  // namespace gbid::sample
