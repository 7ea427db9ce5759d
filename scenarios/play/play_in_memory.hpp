// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "engine/record/journal.hpp"
#include "scenarios/loading/scenario.hpp"

namespace gbid {

/// One trial of one regime, played without a file.
struct PlayedTrial {
  RunResult result;
  std::vector<Index> steps;  ///< that were recorded
  /// Per trajectory variable (record x its dimensions), per final variable (its dimensions).
  std::map<std::string, std::vector<double>> trajectory, final;

  /// The last recorded values of a variable, trajectory or final.
  /// @throws std::out_of_range if it was not recorded.
  std::vector<double> last(const std::string& variable) const;
  double scalar(const std::string& variable) const { return last(variable).at(0); }
};

/// Plays a trial on the calling thread's arena.
/// @param stop  ends it early. @param journal  that gets all records and the outcome, too; may be
/// null.
PlayedTrial play_in_memory(const Scenario& scenario, std::size_t regime, Index trial,
                           const std::atomic<bool>& stop, Journal* journal);
PlayedTrial play_in_memory(const Scenario& scenario, std::size_t regime, Index trial);
/// The same of the regime of that name. @throws std::out_of_range if there is none.
PlayedTrial play_in_memory(const Scenario& scenario, const std::string& regime, Index trial);

/// A scenario from its text; file names in it are relative to the working folder.
/// @throws ScenarioError.
Scenario scenario_from_text(const std::string& toml, const std::string& name = "scenario");

}  // namespace gbid
