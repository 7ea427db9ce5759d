// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <vector>

#include "analysis/price_of_anarchy.hpp"

namespace gbid {

/// A finished run, as it takes part in a comparison.
struct ComparedRun {
  std::string file;
  std::string scenario_toml;  ///< with every default filled in
  PriceOfAnarchyResult result;
};

/// A key of the scenarios that not all runs give the same value, as TOML; "" where a run lacks it.
struct ScenarioDifference {
  std::string key;
  std::vector<std::string> values;  ///< one a run
};

/// One statistic of one regime in all runs. Differences are that of each run minus the first one;
/// the first entry is empty (count 0).
struct ComparedStatistic {
  std::string name, regime, units;
  std::vector<Estimate> estimates;    ///< one a run
  std::vector<Estimate> differences;  ///< one a run; count 0 where there is none
};

/// Runs side by side.
struct RunComparison {
  bool is_paired = false;
  std::string pairing;  ///< in words, with the reason
  std::vector<ScenarioDifference> scenario;
  std::vector<ComparedStatistic> statistics;
  std::vector<std::string> notes;  ///< what is not compared, and why
};

/// Compares welfare, price of anarchy, welfare gap and certified gains of the regimes that all runs have.
///
/// Runs are paired if they have the same seed and play as many trials and games: then trial t of each
/// draws the same numbers, and the difference is the median (mean) of those trial by trial. Otherwise
/// it is the difference of the medians (means), and each sample is redrawn by itself. Several trials
/// of one game, where a run plays several games, count once, with their mean.
/// Numbers in different units have no difference.
/// @param runs  at least two.  @throws DataError if a scenario in a file is no TOML.
RunComparison compare_runs(const std::vector<ComparedRun>& runs);

}  // namespace gbid
