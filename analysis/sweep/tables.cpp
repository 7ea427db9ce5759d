// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/sweep/tables.hpp"

#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "analysis/report/caveats.hpp"
#include "analysis/report/verdict.hpp"
#include "analysis/run_summary.hpp"
#include "analysis/sweep/columns.hpp"

namespace gbid {
namespace {

std::size_t at(std::int64_t k) { return static_cast<std::size_t>(k); }

/// Every scalar that some point recorded, besides welfare.
std::map<std::string, const Variable*> recorded_scalars(const SweepPlan& plan) {
  std::map<std::string, const Variable*> scalars;
  for (const SweepShape& shape : plan.shapes)
    for (const RegimeLayout& regime : shape.layout.regimes)
      for (const auto* variables : {&regime.trajectory, &regime.final})
        for (const Variable& variable : *variables)
          if (variable.dimensions.empty() && variable.name != "welfare")
            scalars.emplace(variable.name, &variable);
  return scalars;
}

/// Whether some point recorded all that a statistic reads.
bool is_recorded(const StatisticRow& row, const SweepPlan& plan) {
  std::vector<std::string_view> missing(row.series.begin(), row.series.end());
  missing.insert(missing.end(), row.last.begin(), row.last.end());
  for (const SweepShape& shape : plan.shapes)
    for (const RegimeLayout& regime : shape.layout.regimes)
      for (const auto* variables : {&regime.trajectory, &regime.final})
        for (const Variable& variable : *variables) std::erase(missing, variable.name);
  std::erase(missing, "");
  return missing.empty();
}

/// Share of the ends of a regime that passed their certificates; NaN where none was examined.
double certified_share(const CertifiedEnds& ends, const RegimeEnd& end) {
  return ends.examined == 0 || end.counted == 0
             ? kMissing
             : static_cast<double>(ends.equilibria) / static_cast<double>(end.counted);
}

/// Mean over the end of a series.
double end_of(std::span<const double> series, double share) {
  const Window window = last_window(series, share);
  return mean(series.subspan(window.begin, window.end - window.begin));
}

/// Fills both tables for one point after the other.
class Tables {
 public:
  Tables(const SweepPlan& plan, const Parts& parts, const SweepTablesConfig& config)
      : plan_(plan),
        parts_(parts),
        config_(config),
        scalars_(recorded_scalars(plan)),
        point_numbers_(plan.points.size()),
        status_(plan.points.size()),
        row_numbers_(0) {
    for (const SweepPoint& point : plan.points) {
      first_rows_.push_back(row_count_);
      row_count_ += at(point.trials) * point.costs.size();
    }
    row_numbers_ = NumberColumns(row_count_);
    outcome_.resize(row_count_);
    settled_.resize(row_count_, 2);
    steps_done_.resize(row_count_);
    regime_.resize(row_count_);
    objective_.resize(row_count_);
    point_of_row_.resize(row_count_);
    trial_of_row_.resize(row_count_);
    messages_.resize(plan.points.size());
    obstacles_.resize(plan.points.size());
    cures_.resize(plan.points.size());
    seconds_.resize(plan.points.size(), kMissing);
    declare();
    tbb::parallel_for(std::size_t{0}, plan.points.size(),
                      [&](std::size_t k) { fill_point(static_cast<std::int64_t>(k)); });
  }

  SweepTables take() {
    SweepTables tables;
    tables.is_complete = std::none_of(status_.begin(), status_.end(), [](std::int8_t status) {
      return status == static_cast<std::int8_t>(PointStatus::kNotRun);
    });
    tables.points = points_table();
    tables.rows = rows_table();
    return tables;
  }

 private:
  void declare() {
    std::vector<std::string> regimes, equilibria;
    std::string welfare_units = "1";
    for (const SweepShape& shape : plan_.shapes) {
      std::size_t of_shape = 0;
      for (const RegimeLayout& regime : shape.layout.regimes) {
        add_unless_there(regimes, regime.name);
        const auto objective = regime.attributes.find("objective");
        if (objective != regime.attributes.end() && objective->second == "own_payoff") {
          add_unless_there(equilibria, regime.name);
          ++of_shape;
        }
        for (const Variable& variable : regime.trajectory)
          if (variable.name == "welfare") welfare_units = variable.units;
      }
      is_suffixed_ = is_suffixed_ || of_shape > 1;
    }
    for (const std::string& regime : equilibria) {
      declare_point(Scope::kComparison, regime, welfare_units);
      point_numbers_.declare(
          of_pair("converged_share", regime),
          "share of trials in which both " + regime + " and the best known welfare had converged",
          "1");
      point_numbers_.declare(of_pair("planner_below_share", regime),
                             "share of trials in which the best planner ended below " + regime,
                             "1");
      point_numbers_.declare("certified_share_" + regime,
                             "share of ends that passed their certificates, " + regime, "1");
    }
    for (const std::string& regime : regimes) {
      declare_point(Scope::kRegime, regime, welfare_units);
      point_numbers_.declare("settled_share_" + regime,
                             "share of trials whose welfare had settled, " + regime, "1");
      declare_point(Scope::kCertificate, regime, welfare_units);
      for (const auto& [name, variable] : scalars_)
        point_numbers_.declare(
            name + "_" + regime,
            fmt::format("{} at the end, median over trials, {}", variable->long_name, regime),
            variable->units);
    }
    declare_point(Scope::kGame, "", welfare_units);
    declare_rows(Scope::kRegime, welfare_units);
    row_numbers_.declare("best_known_welfare", "highest welfare known for the trial's game",
                         welfare_units);
    for (const Scope scope : {Scope::kComparison, Scope::kCertificate, Scope::kGame})
      declare_rows(scope, welfare_units);
    row_numbers_.declare("seconds", "wall-clock time that the simulation took", "s");
    for (const auto& [name, variable] : scalars_)
      row_numbers_.declare(name, variable->long_name + ", at the end of the trial",
                           variable->units);
  }

  std::string of_pair(const std::string& name, const std::string& regime) const {
    return is_suffixed_ ? name + "_" + regime : name;
  }

  static std::string help_of(const StatisticRow& row, const StatisticWords& words) {
    return filled(row.sweep_help.empty() ? row.help : row.sweep_help, words);
  }

  void declare_point(Scope scope, const std::string& regime, const std::string& welfare_units) {
    const StatisticWords words{regime, "planner", "welfare", welfare_units};
    const bool is_named = scope == Scope::kRegime || scope == Scope::kCertificate;
    for (const StatisticRow& row : config_.price_of_anarchy.statistics)
      if (row.scope == scope && row.is_in(kSweepPoints) && is_recorded(row, plan_))
        point_numbers_.declare_estimate(statistic_name(row, regime, is_suffixed_),
                                        help_of(row, words) + (is_named ? ", " + regime : ""),
                                        filled(row.units, words),
                                        config_.price_of_anarchy.bootstrap.level);
  }

  void declare_rows(Scope scope, const std::string& welfare_units) {
    const StatisticWords words{"this", "planner", "welfare", welfare_units};
    for (const StatisticRow& row : config_.price_of_anarchy.statistics)
      if (row.scope == scope && row.is_in(kSweepRows) && is_recorded(row, plan_))
        row_numbers_.declare(name_in_rows(row), help_of(row, words), filled(row.units, words));
  }

  /// Rows say themselves which regime they are of.
  static std::string name_in_rows(const StatisticRow& row) {
    return row.scope == Scope::kGame ? statistic_name(row, "", false) : std::string(row.name);
  }

  static void add_unless_there(std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }

  void fill_point(std::int64_t number) {
    const SweepPoint& point = plan_.points[at(number)];
    const PointStatus status = point_status(plan_, number, parts_);
    status_[at(number)] = static_cast<std::int8_t>(status);
    messages_[at(number)] = point.error;
    if (status == PointStatus::kRefused) {
      add_obstacle(number, {"refused: " + point.error, "gbid check FILE.toml --set KEY=VALUE"});
      return;
    }
    if (status == PointStatus::kNotRun)
      add_obstacle(number, {"not run to its end", "gbid sweep --resume -o FILE.h5"});
    const PointRecords records(plan_, number, parts_);
    const PriceOfAnarchyResult result =
        price_of_anarchy(price_of_anarchy_input(records, config_.price_of_anarchy.statistics),
                         config_.price_of_anarchy);
    double seconds = 0.0;
    for (std::size_t regime = 0; regime < result.regimes.size(); ++regime) {
      fill_rows(number, regime, records, result.regimes[regime], seconds);
      fill_scalars(number, regime, records);
      const RegimeEnd& end = result.regimes[regime];
      if (end.counted > 0)
        point_numbers_.set("settled_share_" + end.name, at(number),
                           static_cast<double>(end.settled) / static_cast<double>(end.counted));
    }
    for (const AnarchyComparison& pair : result.comparisons) {
      if (pair.ends > 0)
        point_numbers_.set(
            of_pair("converged_share", pair.equilibrium), at(number),
            1.0 - static_cast<double>(pair.unconverged) / static_cast<double>(pair.ends));
      if (pair.counted > 0)
        point_numbers_.set(of_pair("planner_below_share", pair.equilibrium), at(number),
                           static_cast<double>(trials_above_planner(result, pair)) /
                               static_cast<double>(pair.counted));
    }
    for (const CertifiedEnds& ends : result.equilibria.regimes)
      for (const RegimeEnd& end : result.regimes)
        if (end.name == ends.name && ends.is_competitive)
          point_numbers_.set("certified_share_" + ends.name, at(number),
                             certified_share(ends, end));
    std::vector<Caveat> found_obstacles;
    for (const Verdict& verdict : verdicts_of(result))
      for (const Caveat& each : verdict.obstacles)
        if (std::find(found_obstacles.begin(), found_obstacles.end(), each) ==
            found_obstacles.end())
          found_obstacles.push_back(each);
    for (const Caveat& each : found_obstacles) add_obstacle(number, each);
    if (messages_[at(number)].empty() && !result.contradictions.empty())
      messages_[at(number)] = result.contradictions.front();
    for (const Measured& found : result.measured) fill_statistic(number, found, result);
    for (std::size_t regime = 0; regime < result.regimes.size(); ++regime)
      for (std::int64_t trial = 0; trial < point.trials; ++trial)
        row_numbers_.set("best_known_welfare", row_of(number, trial, regime),
                         result.best_known[at(trial)]);
    if (config_.with_seconds) seconds_[at(number)] = seconds;
  }

  void add_obstacle(std::int64_t number, const Caveat& found) {
    const auto add = [&](std::string& text, std::string line) {
      std::replace(line.begin(), line.end(), '\n', ' ');
      text += (obstacles_[at(number)].empty() ? "" : "\n") + line;
    };
    add(cures_[at(number)], found.cure);  // first, while the other says whether it is the first
    add(obstacles_[at(number)], found.text);
  }

  std::size_t row_of(std::int64_t point, std::int64_t trial, std::size_t regime) const {
    return first_rows_[at(point)] + at(trial) * plan_.points[at(point)].costs.size() + regime;
  }

  void fill_rows(std::int64_t number, std::size_t regime, const PointRecords& records,
                 const RegimeEnd& end, double& seconds) {
    for (std::int64_t trial = 0; trial < plan_.points[at(number)].trials; ++trial) {
      const std::size_t row = row_of(number, trial, regime);
      const Outcome outcome = records.outcome(regime, trial);
      point_of_row_[row] = number;
      trial_of_row_[row] = trial;
      regime_[row] = end.name;
      objective_[row] = end.objective;
      outcome_[row] = static_cast<std::int8_t>(outcome.status);
      steps_done_[row] = outcome.steps_done;
      const double welfare = end.welfare[at(trial)];
      if (!std::isnan(welfare)) settled_[row] = end.is_settled[at(trial)] ? 1 : 0;
      const double took = records.seconds(regime, trial);
      if (config_.with_seconds) row_numbers_.set("seconds", row, took);
      if (!std::isnan(took)) seconds += took;
      if (messages_[at(number)].empty() && !outcome.message.empty())
        messages_[at(number)] = fmt::format("{}, trial {}: {}", end.name, trial, outcome.message);
    }
  }

  void fill_statistic(std::int64_t number, const Measured& found,
                      const PriceOfAnarchyResult& result) {
    const StatisticRow& row = *found.row;
    if (row.is_in(kSweepPoints))
      point_numbers_.set_estimate(statistic_name(row, found.regime, is_suffixed_), at(number),
                                  found.estimate);
    if (!row.is_in(kSweepRows)) return;
    for (std::size_t regime = 0; regime < result.regimes.size(); ++regime)
      if (found.regime.empty() || result.regimes[regime].name == found.regime)
        for (std::int64_t trial = 0; trial < result.trials; ++trial)
          row_numbers_.set(name_in_rows(row), row_of(number, trial, regime),
                           found.values[at(trial)]);
  }

  void fill_scalars(std::int64_t number, std::size_t regime, const PointRecords& records) {
    const double share = config_.price_of_anarchy.window_share;
    for (const RecordedVariable& source : records.variables(regime)) {
      const std::string& name = source.variable->name;
      if (!source.variable->dimensions.empty() || name == "welfare") continue;
      const Array all = records.values(regime, name);
      const std::int64_t trials = records.layout().trials;
      const std::size_t length = trials > 0 ? all.values.size() / at(trials) : 0;
      std::vector<double> ends;
      for (std::int64_t trial = 0; trial < trials; ++trial) {
        const bool failed = records.outcome(regime, trial).status == TrialStatus::kFailed;
        const auto series = std::span(all.values).subspan(at(trial) * length, length);
        ends.push_back(failed ? kMissing : end_of(series, share));
        row_numbers_.set(name, row_of(number, trial, regime), ends.back());
      }
      point_numbers_.set(name + "_" + records.layout().regimes[regime].name, at(number),
                         median(ends));
    }
  }

  DataTable points_table() {
    DataTable table;
    const std::size_t count = plan_.points.size();
    const auto point_of = [](std::size_t row) { return static_cast<std::int64_t>(row); };
    for (std::size_t axis = 0; axis < plan_.grid.axes.size(); ++axis)
      table.columns.push_back(swept_column(plan_, axis, count, point_of));
    std::vector<std::string> scenarios;
    std::vector<std::uint64_t> seeds;
    std::vector<std::int64_t> shapes, places(count, -1), trials;
    for (const SweepPoint& point : plan_.points) {
      scenarios.push_back(point.scenario_toml);
      seeds.push_back(point.seed);
      shapes.push_back(point.shape);
      trials.push_back(point.trials);
    }
    for (const SweepShape& shape : plan_.shapes)
      for (std::size_t place = 0; place < shape.points.size(); ++place)
        places[at(shape.points[place])] = static_cast<std::int64_t>(place);
    auto& columns = table.columns;
    columns.push_back(
        {{"status", "how the point ended", "1", {}}, Flags{status_, kPointStatusMeanings}});
    columns.push_back({{"message", "why it failed or was refused", "1", {}}, messages_});
    columns.push_back({{"obstacles", "why it may not be quoted, one a line", "1", {}}, obstacles_});
    columns.push_back({{"cures", "what cures each of these, one a line", "1", {}}, cures_});
    for (DataColumn& column : point_numbers_.take()) columns.push_back(std::move(column));
    columns.push_back({{"trials", "independent repetitions", "1", {}}, std::move(trials)});
    columns.push_back({{"seconds", "wall-clock time of all its simulations", "s", {}}, seconds_});
    columns.push_back({{"seed", "seed of the point's random numbers", "1", {}}, std::move(seeds)});
    columns.push_back(
        {{"shape", "its trajectories lie in /points/<shape>", "1", {}}, std::move(shapes)});
    columns.push_back({{"place", "at this place of the axis point", "1", {}}, std::move(places)});
    columns.push_back({{"scenario_toml", "scenario with every value that was used", "1", {}},
                       std::move(scenarios)});
    drop_repeated(table);
    return table;
  }

  DataTable rows_table() {
    DataTable table;
    auto& columns = table.columns;
    columns.push_back({{"point", "number of the point", "1", {}}, point_of_row_});
    columns.push_back({{"trial", "independent repetition", "1", {}}, trial_of_row_});
    columns.push_back({{"regime", "how the market is played", "1", {}}, regime_});
    for (std::size_t axis = 0; axis < plan_.grid.axes.size(); ++axis)
      columns.push_back(swept_column(plan_, axis, row_count_,
                                     [&](std::size_t row) { return point_of_row_[row]; }));
    columns.push_back({{"objective", "what agents maximise", "1", {}}, objective_});
    columns.push_back(
        {{"outcome", "how the trial ended", "1", {}}, Flags{outcome_, kTrialStatusMeanings}});
    columns.push_back({{"steps_done", "steps that the trial did", "1", {}}, steps_done_});
    columns.push_back({{"settled", "whether welfare had settled at the end", "1", {}},
                       Flags{settled_, "no yes not_counted"}});
    for (DataColumn& column : row_numbers_.take()) columns.push_back(std::move(column));
    std::vector<std::uint64_t> seeds;
    for (const std::int64_t point : point_of_row_) seeds.push_back(plan_.points[at(point)].seed);
    columns.push_back({{"seed", "seed of the point's random numbers", "1", {}}, std::move(seeds)});
    drop_repeated(table);
    return table;
  }

  const SweepPlan& plan_;
  const Parts& parts_;
  const SweepTablesConfig& config_;
  std::map<std::string, const Variable*> scalars_;
  bool is_suffixed_ = false;  // there are several equilibrium regimes in one point

  // Per point.
  NumberColumns point_numbers_;
  std::vector<std::int8_t> status_;
  std::vector<std::string> messages_, obstacles_, cures_;
  std::vector<double> seconds_;
  // Per row.
  std::size_t row_count_ = 0;
  std::vector<std::size_t> first_rows_;  // of a point
  NumberColumns row_numbers_;
  std::vector<std::int64_t> point_of_row_, trial_of_row_, steps_done_;
  std::vector<std::string> regime_, objective_;
  std::vector<std::int8_t> outcome_, settled_;
};

}  // namespace

PointStatus point_status(const SweepPlan& plan, std::int64_t number, const Parts& parts) {
  const SweepPoint& point = plan.points[at(number)];
  if (point.shape < 0) return PointStatus::kRefused;
  std::int64_t failed = 0, ended = 0;
  for (std::uint32_t regime = 0; regime < point.costs.size(); ++regime)
    for (std::int64_t trial = 0; trial < point.trials; ++trial) {
      const StoredUnit* found = parts.find({number, regime, trial});
      if (found == nullptr) return PointStatus::kNotRun;
      ++ended;
      failed += found->status == TrialStatus::kFailed;
    }
  if (failed == 0) return PointStatus::kComplete;
  return failed == ended ? PointStatus::kFailed : PointStatus::kSomeFailed;
}

SweepTables sweep_tables(const SweepPlan& plan, const Parts& parts,
                         const SweepTablesConfig& config) {
  return Tables(plan, parts, config).take();
}

}  // namespace gbid
