// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>

#include "engine/cli/options.hpp"
#include "engine/record/journal.hpp"
#include "engine/record/journal_reader.hpp"
#include "scenarios/loading/scenario.hpp"

namespace gbid::cli {

/// --threads, --device, --max-time, --force, --quiet and --json, shared by `run` and `resume`.
void add_play_options(Options& options);

/// The device that computes a run's steps: --device, or what the scenario says; where another takes
/// its place, that is said. @throws ScenarioError where there is none.
Device chosen_device(const Options& options, const Scenario& scenario, const std::string& name);

/// Refuses where an interrupted run left something beside `out`, and says how to go on. A journal
/// that holds nothing, of a start that failed, is no obstacle.
/// @param discards  what was left is to be given up.
/// @throws IoError (cannot create).
void refuse_unfinished_run(const std::string& out, bool discards);

/// What the journal of a new run says of it: the scenario's layout, the command, the time, and the
/// content of the files that the scenario names.
RunLayout layout_of_run(const Scenario& scenario, const std::string& directory);

/// A run that is about to be played, or to go on.
struct RunToPlay {
  const Scenario& scenario;
  std::string out;
  std::string label;                      ///< for the progress
  Device device = {};                     ///< that computes its steps
  bool replaces = false;                  ///< a file that is there under the name `out`
  const JournalReader* before = nullptr;  ///< what its journal holds already
  bool is_looked_at = false;  ///< by the caller: nothing is printed of a run that came to its end
};

/// Plays into the journal and publishes. A run that is stopped leaves both the file, marked partial,
/// and its journal with checkpoints.
ExitCode play_and_publish(const Options& options, const RunToPlay& run, Journal journal);

/// Goes on with the run that was interrupted.
/// @param given  the scenario that it must be; null: that of the journal.
/// @throws MissingInputError if there is none; UsageError with the differences if the scenario or
/// its files have changed; IoError (cannot create) if another file has taken its name.
/// @param is_looked_at  as in RunToPlay.
ExitCode resume_run(const Options& options, const std::string& out, const Scenario* given,
                    bool is_looked_at);

/// The report of a run that was published, as the options ask for it.
void print_end(const Options& options, const std::string& out);

}  // namespace gbid::cli
