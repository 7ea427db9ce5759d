// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/equilibria.hpp"
#include "analysis/statistic_table.hpp"
#include "analysis/statistics.hpp"
#include "engine/record/layout.hpp"

namespace gbid {

/// A (rows x columns) block of numbers, row-major; empty where a run did not record it.
struct NumberTable {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<double> values;

  bool empty() const noexcept { return values.empty(); }
  std::span<const double> row(std::int64_t index) const {
    return std::span<const double>(values).subspan(static_cast<std::size_t>(index * columns),
                                                   static_cast<std::size_t>(columns));
  }
};

/// The certificates of one regime's ends, over trials; NaN where a trial has none. Empty where none
/// were made.
struct CertificateRecord {
  std::vector<double> nash_conv, largest_gain, relative_gain, residual, is_exact;
  std::vector<double> curvature;  ///< the largest of any agent
  /// What any agent gains at most, by the mean |payoff| and as it is, NaN where that is not known; starts of the
  /// search, 0 where best responses are exact. Empty in files that do not say.
  std::vector<double> relative_bound = {}, largest_bound = {}, search_starts = {};
  std::int64_t agents = 0;    ///< of the market
  std::int64_t examined = 0;  ///< agents whose best responses were looked for

  bool empty() const noexcept { return largest_gain.empty(); }
};

/// How one regime's ends were refined by better responses, over trials; empty where they were not.
struct RefinementRecord {
  static constexpr double kAtRest = 1.0, kCycle = 2.0;
  std::vector<double> end;              ///< kAtRest, kCycle, or 3: rounds over; 0: not refined
  std::vector<double> moves;            ///< that agents made
  std::vector<double> welfare;          ///< mean payoff after them
  std::vector<double> starts, reached;  ///< of planners, see RefinedEnds; empty in older files

  bool empty() const noexcept { return end.empty(); }
};

/// What one regime of a run recorded.
struct RegimeRecord {
  std::string name;
  std::string objective;  ///< own_payoff | mean_payoff | mean_utility
  std::string schedule;
  std::vector<std::int64_t> steps;   ///< ascending
  NumberTable welfare;               ///< (trial x step)
  NumberTable final_payoff;          ///< (trial x agent), may be empty
  CertificateRecord certificate;     ///< may be empty
  RefinementRecord refinement = {};  ///< may be empty
  /// (trial) welfare of the game's optimum in closed form, NaN where none is known; may be empty.
  std::vector<double> known_optimum;
  std::vector<TrialStatus> outcome;  ///< (trial)
  /// What the statistics read besides, by the name of the variable: (trial x step), and
  /// (trial x agent) where each trial's welfare ends.
  std::map<std::string, NumberTable, std::less<>> series, last;

  /// Empty if it was not recorded.
  const NumberTable& over_steps(std::string_view variable) const;
  const NumberTable& last_of(std::string_view variable) const;
};

/// What the comparison of a run's regimes starts from.
struct PriceOfAnarchyInput {
  std::string title;
  std::uint64_t seed = 0;
  bool is_game_shared = false;  ///< all trials play the same game from different starts
  /// Trials in a row that play the same game from different starts; all of them if it is shared.
  std::int64_t trials_per_game = 1;
  double certificate_tolerance = 1e-3;  ///< largest gain by mean |payoff| of an equilibrium
  double theory_bound = std::numeric_limits<double>::quiet_NaN();  ///< of the price of anarchy
  std::string theory_source;                                       ///< author and year of the bound
  std::string game_caveat;  ///< what the game itself warns of
  std::string budget;       ///< what the regimes have in common: steps | updates_per_agent
  std::string welfare_name = "welfare";
  std::string welfare_units = "1";
  /// Relative error of an optimum in closed form, of its quadrature say.
  double optimum_error = 0.0;
  bool is_minus_cost = false;  ///< welfare is minus a cost that is above 0
  /// Largest error of a settled planner's last welfare, divided by it, where no local optimum can
  /// hold the planner; NaN where one may.
  double planner_error = std::numeric_limits<double>::quiet_NaN();
  std::vector<RegimeRecord> regimes;
};

/// The judgements that are not in the run; all of them are stated in the report.
struct PriceOfAnarchyConfig {
  double window_share = 0.1;        ///< of the recorded steps, at the end; at least one step
  double settled_tolerance = 1e-3;  ///< |drift| over the window <= this x |welfare|
  double optimum_tolerance = 1e-2;  ///< a start found the best if within this x |best| of it
  BootstrapConfig bootstrap = {};
  std::span<const StatisticRow> statistics = statistic_table();  ///< outlive the result
};

/// What the best known welfare of a game says of its optimum.
enum class Optimum {
  kNone,        ///< there is no planner's end
  kAtLeast,     ///< the best planner had not settled: the optimum may be far above
  kConverged,   ///< the end of a planner that had settled, which may be a local optimum
  kClosedForm,  ///< it is the optimum
};

/// Which side of the comparison a regime is on, by its objective.
enum class RegimeRole {
  kEquilibrium,  ///< own_payoff: selfish agents
  kPlanner,      ///< mean_payoff, mean_utility: a common objective
  kOther,
};

/// One regime at its end. Vectors are over trials; NaN where a trial does not count or nothing was
/// recorded.
struct RegimeEnd {
  std::string name;
  std::string objective;
  std::string schedule;
  RegimeRole role = RegimeRole::kOther;
  std::vector<Window> window;   ///< the last records that it is read from
  std::vector<double> welfare;  ///< mean over that window
  std::vector<double> drift;    ///< of welfare over it; NaN if it holds one value
  std::vector<bool> is_settled;
  std::int64_t counted = 0;  ///< trials used
  std::int64_t settled = 0;  ///< of these
  std::int64_t drift_unknown = 0;
  std::int64_t stopped = 0;  ///< used, but interrupted before their end
  std::int64_t failed = 0;   ///< left out
  std::int64_t not_started = 0;
};

/// One equilibrium regime beside the best planner.
struct AnarchyComparison {
  std::string equilibrium;
  std::string planner;
  std::int64_t counted = 0;              ///< trials that count in both regimes
  std::vector<bool> is_converged;        ///< (trial) its end has settled, and so has the best known
  std::int64_t ends = 0;                 ///< trials that count in the equilibrium regime
  std::int64_t unconverged = 0;          ///< of these
  std::int64_t ratio_with_negative = 0;  ///< ratios with a negative welfare in them
  std::string price_of_anarchy_reason;   ///< why it is not known in some or all trials; else empty
  /// Shared game: best / lowest settled equilibrium found; else, or if the best is a bound, NaN.
  double worst_price_of_anarchy = 0.0;
};

/// What limits a result, and what would lift the limit.
struct Caveat {
  std::string text;
  std::string cure;  ///< a command, or a key with its value; empty if there is none
  bool operator==(const Caveat&) const = default;
};

/// The answer, with everything that a reader must know before quoting it.
struct PriceOfAnarchyResult {
  std::string title;
  std::uint64_t seed = 0;
  bool is_game_shared = false;
  std::int64_t trials_per_game = 1;
  std::string budget;
  std::string welfare_name;
  std::string welfare_units;
  bool is_minus_cost = false;
  std::int64_t trials = 0;
  PriceOfAnarchyConfig config;
  /// Largest |welfare| of any record: what is tiny beside it is rounding of zero.
  double welfare_scale = 0.0;
  std::vector<RegimeEnd> regimes;
  std::vector<double> best_known;  ///< (trial) highest welfare known for that trial's game
  std::vector<Optimum> optimum;    ///< (trial) what that says of the game's optimum
  std::string best_regime;         ///< shared game: which regime and trial hold it, if one does
  std::int64_t best_trial = -1;
  EquilibriumResult equilibria;  ///< empty if nothing was certified
  std::string best_planner;      ///< the planner with the highest median welfare; empty if none
  std::int64_t best_found = 0;   ///< trials whose best planner comes within the tolerance
  std::int64_t best_found_of = 0;
  std::vector<AnarchyComparison> comparisons;  ///< one per equilibrium regime
  std::vector<Measured> measured;              ///< every statistic, of every regime that has it
  std::vector<Caveat> caveats;
  /// What cannot be: welfare above an optimum that is exact. Each is an internal error.
  std::vector<std::string> contradictions;

  /// A statistic by its name; of games, which have no regime, if none is named.
  /// @throws Error (internal) if there is none.
  const Measured& of(std::string_view statistic, std::string_view regime = "") const;
  /// Those of one scope about one regime (none: about games), in the order of the table.
  std::vector<const Measured*> all_of(Scope scope, std::string_view regime = "") const;
};

/// Compares the end points of a run's regimes: price of anarchy, welfare gap, and the seed's ratio.
///
///   welfare          = mean of the recorded welfare over the last window of a trial; after better
///                      responses, where these followed
///   best known       = the closed form of the game's optimum where there is one; else the highest
///                      welfare of any regime in any trial of the same game
///   gap              = best known - equilibrium welfare: always defined, at least 0
///   price of anarchy = best known / equilibrium welfare: at least 1, defined if both are above 0;
///                      where welfare is minus a cost, equilibrium cost / best known cost
///   ratio            = equilibrium welfare / planner welfare, the number that the first
///                      experiments printed; above 1 the equilibrium is worse where payoffs are negative
///
/// A trial's window ends at its last recorded value, so a trial that stopped early is read at its
/// own end. Trials that failed or never started are left out and counted. A trial is settled if the
/// scenario's stopping rule said so, or if its welfare drifts by at most the tolerance over the
/// window, in which every agent had an update on average. Nothing here shows that an end point is an
/// equilibrium.
///
/// An end that has not settled has no price of anarchy. One that has, in a game whose best planner
/// has not, has a lower bound of it, `price_of_anarchy_at_least`, and no other. The gap is that of
/// the ends as they stand, and `is_converged` says which of them had arrived.
/// @throws DataError if the shapes of a regime's tables, steps and outcomes do not fit together.
PriceOfAnarchyResult price_of_anarchy(const PriceOfAnarchyInput& input,
                                      const PriceOfAnarchyConfig& config = {});

/// best / equilibrium where both are above 0. Where welfare is minus a cost and both are below 0,
/// equilibrium cost / best cost, which is equilibrium / best.
/// @return >= 1 if `best` is; NaN where it is not defined.
double price_of(double best, double equilibrium, bool is_minus_cost);

/// Kullback-Leibler divergence of two weight vectors, each first divided by its sum, in nats.
/// KL(p || q) = sum_i p_i log(p_i / q_i), a term with p_i = 0 is 0; infinite if q_i = 0 < p_i.
/// @return NaN if the lengths differ or a vector has a negative or missing weight or no positive
/// one.
double ranking_divergence(std::span<const double> p, std::span<const double> q);

}  // namespace gbid
