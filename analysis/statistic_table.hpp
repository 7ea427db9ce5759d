// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/statistics.hpp"

namespace gbid {

struct CertifiedEnds;
struct GameEquilibria;
struct PriceOfAnarchyInput;
struct PriceOfAnarchyResult;
struct RegimeEnd;
struct RegimeRecord;
struct StatisticRow;

/// What a statistic is a number of.
enum class Scope {
  kRegime,       ///< a trial of a regime
  kComparison,   ///< a trial of an equilibrium regime beside the best planner
  kCertificate,  ///< a trial of a regime whose end was certified
  kGame,         ///< a game: all trials that play it
};

/// Where a statistic is shown; a row names several.
enum Output : unsigned {
  kText = 1u << 0,
  kJson = 1u << 1,
  kSummary = 1u << 2,      ///< `/summary` of a run's file
  kSweepPoints = 1u << 3,  ///< the table of a sweep with a row a point
  kSweepRows = 1u << 4,    ///< that with a row a point, trial and regime
  kEstimates = 1u << 5,    ///< mean and median with their intervals, wherever it is shown
  kEverywhere = (1u << 6) - 1,
  kTextIfMissing = 1u << 6,     ///< in the text although no trial has a value
  kSummaryIfMissing = 1u << 7,  ///< in `/summary` although no trial has a value
  kFirst = 1u << 8,  ///< in the first table of the text: what a reader of its market looks for
};

/// What the text report shows of a statistic that has a column of its own.
enum Column : unsigned {
  kMedian = 1u << 0,
  kMedianInterval = 1u << 1,
  kLargest = 1u << 2,
};

/// The trial that a statistic is computed for. What its scope does not have is null.
struct StatisticAt {
  const PriceOfAnarchyInput& input;
  const PriceOfAnarchyResult& result;  ///< with the ends of all regimes and the best known welfare
  const RegimeRecord* record = nullptr;
  const RegimeEnd* end = nullptr;
  const RegimeRecord* planner_record = nullptr;
  const RegimeEnd* planner = nullptr;
  const CertifiedEnds* certificate = nullptr;
  const GameEquilibria* game = nullptr;
  std::size_t trial = 0;  ///< that counts in the regime; the first one of a game
};

/// The values of one statistic.
struct Measured {
  const StatisticRow* row = nullptr;
  std::string regime, planner;  ///< empty where its scope has none
  std::vector<double> values;  ///< over trials, NaN where there is none; a game's at all its trials
  Estimate estimate;           ///< over trials or games, if the row asks for it

  bool is_known() const;
};

/// A note that is empty means the help; this one means none.
inline constexpr std::string_view kNoNote = "-";

/// One statistic: all that the text report, the JSON, `/summary` and the tables of a sweep need.
///
/// In texts, {regime} and {planner} stand for the names of the regimes, {pair} for both of them,
/// {welfare} for what the run calls its welfare, {units} for the units of that, {unconverged} (in
/// labels) for ", " and how many of the ends that it is of had not converged, or nothing.
struct StatisticRow {
  Scope scope = Scope::kRegime;
  /// Member of the JSON; with _REGIME (or equilibrium_ before that of a game) the name elsewhere.
  std::string_view name;
  double (*compute)(const StatisticAt&) = nullptr;  ///< NaN where it is not defined
  bool is_ratio = false;   ///< divided by what may vanish: huge values are put in words
  std::string_view label;  ///< in the text report
  std::string_view units = "1";
  std::string_view help;  ///< what it is, in a phrase

  // What few rows need.
  std::array<std::string_view, 2> series = {};  ///< variables over (trial, step) that it reads
  /// Over (trial, step, agent), at the last step; or final ones over (trial, agent).
  std::array<std::string_view, 2> last = {};
  unsigned outputs = kEverywhere;
  unsigned column = kMedian;
  /// What the verdict says of its estimate, which is {value}: a clause.
  std::string_view verdict = {};
  int place = 0;                    ///< in the text, lower ones come first
  std::string_view note = {};       ///< after the label below a table
  std::string_view cost_note = {};  ///< the same where welfare is minus a cost
  std::string_view cost_help = {};
  std::string_view sweep_help = {};  ///< of points with and without costs
  std::string_view variable = {};    ///< its name in `/summary`, if that is another one
  /// Further attributes of the variable in `/summary`.
  std::map<std::string, std::string> (*attributes)(const PriceOfAnarchyResult&,
                                                   const Measured&) = nullptr;

  bool is_in(Output output) const { return (outputs & output) != 0; }
};

/// All statistics. A new one is one row here.
std::span<const StatisticRow> statistic_table();

/// What stands for the names in a row's texts.
struct StatisticWords {
  std::string regime, planner;
  std::string welfare = "welfare";
  std::string units = "1";
  std::size_t pair_width = 1000;  ///< {pair} is clipped to it
  std::string unconverged = {};
};
std::string filled(std::string_view text, const StatisticWords& words);

/// "3 of 20 not converged": of the ends that a statistic of a comparison or of games is of; empty
/// where all have.
std::string unconverged_ends(const PriceOfAnarchyResult& result, const Measured& found);

/// Name of a statistic where those of all regimes stand side by side.
/// @param is_suffixed  whether there are comparisons of several regimes.
std::string statistic_name(const StatisticRow& row, const std::string& regime, bool is_suffixed);

/// Adds the rows of one scope to the result, computed for every trial that counts.
/// @param at  whatever the scope has; a trial of a game is its first one.
void measure(Scope scope, StatisticAt at, PriceOfAnarchyResult& result);

}  // namespace gbid
