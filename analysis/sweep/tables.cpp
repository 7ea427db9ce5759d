// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/sweep/tables.hpp"

#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "analysis/run_summary.hpp"

namespace gbid {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

std::size_t at(std::int64_t k) { return static_cast<std::size_t>(k); }

/// A swept key such as `seed` is also a column of every table: the first one stays.
void drop_repeated(DataTable& table) {
  std::set<std::string> names;
  std::erase_if(table.columns,
                [&](const DataColumn& column) { return !names.insert(column.text.name).second; });
}

/// A quantity over all rows (or points); made when it is first asked for, NaN elsewhere.
class NumberColumns {
 public:
  explicit NumberColumns(std::size_t rows) : rows_(rows) {}

  void declare(const std::string& name, const std::string& long_name, const std::string& units) {
    if (places_.count(name)) return;
    places_[name] = columns_.size();
    columns_.push_back({{name, long_name, units, {}}, std::vector<double>(rows_, kMissing)});
  }
  /// Safe from several threads for different rows.
  void set(const std::string& name, std::size_t row, double value) {
    const auto found = places_.find(name);
    if (found != places_.end())
      std::get<std::vector<double>>(columns_[found->second].values)[row] = value;
  }
  std::vector<DataColumn> take() { return std::move(columns_); }

 private:
  std::size_t rows_;
  std::map<std::string, std::size_t> places_;
  std::vector<DataColumn> columns_;
};

/// HDF5 takes a slash for a group.
std::string column_name(const std::string& key) {
  std::string name = key;
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

/// A swept key's value in every row, given the row's point.
template <class PointOf>
DataColumn swept_column(const SweepPlan& plan, std::size_t axis, std::size_t rows,
                        const PointOf& point_of) {
  const AxisColumn source = axis_column(plan.grid.axes[axis]);
  DataColumn column{
      {column_name(plan.grid.axes[axis].key), "swept key " + plan.grid.axes[axis].key, "1", {}},
      {}};
  const auto fill = [&](const auto& values) {
    std::decay_t<decltype(values)> cells;
    for (std::size_t row = 0; row < rows; ++row)
      cells.push_back(values[plan.grid.at(point_of(row))[axis]]);
    column.values = std::move(cells);
  };
  if (source.type == AxisColumn::Type::kInteger) fill(source.integers);
  if (source.type == AxisColumn::Type::kNumber) fill(source.numbers);
  if (source.type == AxisColumn::Type::kText) fill(source.texts);
  return column;
}

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
    bool has_several = false;
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
      has_several = has_several || of_shape > 1;
    }
    suffixed_ = has_several;
    for (const std::string& regime : equilibria) {
      const std::string suffix = this->suffix(regime);
      declare_estimate(
          "price_of_anarchy" + suffix,
          "best known welfare / " + regime + " welfare (of costs: its inverse), 1 is no loss", "1");
      declare_estimate("welfare_gap" + suffix,
                       "best known welfare - " + regime + " welfare, 0 is no loss", welfare_units);
    }
    for (const std::string& regime : regimes) {
      declare_estimate("welfare_" + regime, "welfare at the end, " + regime, welfare_units);
      point_numbers_.declare("settled_share_" + regime,
                             "share of trials whose welfare had settled, " + regime, "1");
      for (const auto& [name, variable] : scalars_)
        point_numbers_.declare(
            name + "_" + regime,
            fmt::format("{} at the end, median over trials, {}", variable->long_name, regime),
            variable->units);
    }
    row_numbers_.declare("welfare", "welfare at the end of the trial", welfare_units);
    row_numbers_.declare("drift", "drift of welfare over the last window", welfare_units);
    row_numbers_.declare("best_known_welfare", "highest welfare known for the trial's game",
                         welfare_units);
    row_numbers_.declare("price_of_anarchy",
                         "best known welfare / this welfare (of costs: its inverse), 1 is no loss",
                         "1");
    row_numbers_.declare("welfare_gap", "best known welfare - this welfare, 0 is no loss",
                         welfare_units);
    row_numbers_.declare("seconds", "wall-clock time that the simulation took", "s");
    for (const auto& [name, variable] : scalars_)
      row_numbers_.declare(name, variable->long_name + ", at the end of the trial",
                           variable->units);
  }

  void declare_estimate(const std::string& name, const std::string& long_name,
                        const std::string& units) {
    point_numbers_.declare(name, long_name + ", median over trials", units);
    const double percent = 100.0 * config_.price_of_anarchy.bootstrap.level;
    point_numbers_.declare(name + "_low",
                           fmt::format("{}, lower end of its {:.4g}% interval", long_name, percent),
                           units);
    point_numbers_.declare(name + "_high",
                           fmt::format("{}, upper end of its {:.4g}% interval", long_name, percent),
                           units);
  }

  static void add_unless_there(std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  std::string suffix(const std::string& regime) const { return suffixed_ ? "_" + regime : ""; }

  void fill_point(std::int64_t number) {
    const SweepPoint& point = plan_.points[at(number)];
    const PointStatus status = point_status(plan_, number, parts_);
    status_[at(number)] = static_cast<std::int8_t>(status);
    messages_[at(number)] = point.error;
    if (status == PointStatus::kRefused) return;
    const PointRecords records(plan_, number, parts_);
    const PriceOfAnarchyResult result =
        price_of_anarchy(price_of_anarchy_input(records), config_.price_of_anarchy);
    double seconds = 0.0;
    for (std::size_t regime = 0; regime < result.regimes.size(); ++regime) {
      fill_rows(number, regime, records, result.regimes[regime], seconds);
      fill_scalars(number, regime, records);
      const RegimeEnd& end = result.regimes[regime];
      set_estimate("welfare_" + end.name, at(number), end.welfare_estimate);
      if (end.counted > 0)
        point_numbers_.set("settled_share_" + end.name, at(number),
                           static_cast<double>(end.settled) / static_cast<double>(end.counted));
    }
    for (const AnarchyComparison& pair : result.comparisons) {
      const std::string suffix = this->suffix(pair.equilibrium);
      set_estimate("price_of_anarchy" + suffix, at(number), pair.price_of_anarchy_estimate);
      set_estimate("welfare_gap" + suffix, at(number), pair.gap_estimate);
      fill_comparison(number, pair, result);
    }
    for (std::size_t regime = 0; regime < result.regimes.size(); ++regime)
      for (std::int64_t trial = 0; trial < point.trials; ++trial)
        row_numbers_.set("best_known_welfare", row_of(number, trial, regime),
                         result.best_known[at(trial)]);
    if (config_.with_seconds) seconds_[at(number)] = seconds;
  }

  void set_estimate(const std::string& name, std::size_t point, const Estimate& found) {
    if (found.count == 0) return;
    point_numbers_.set(name, point, found.median);
    point_numbers_.set(name + "_low", point, found.median_interval.low);
    point_numbers_.set(name + "_high", point, found.median_interval.high);
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
      row_numbers_.set("welfare", row, welfare);
      row_numbers_.set("drift", row, end.drift[at(trial)]);
      const double took = records.seconds(regime, trial);
      if (config_.with_seconds) row_numbers_.set("seconds", row, took);
      if (!std::isnan(took)) seconds += took;
      if (messages_[at(number)].empty() && !outcome.message.empty())
        messages_[at(number)] = fmt::format("{}, trial {}: {}", end.name, trial, outcome.message);
    }
  }

  void fill_comparison(std::int64_t number, const AnarchyComparison& pair,
                       const PriceOfAnarchyResult& result) {
    for (std::size_t regime = 0; regime < result.regimes.size(); ++regime) {
      if (result.regimes[regime].name != pair.equilibrium) continue;
      for (std::int64_t trial = 0; trial < result.trials; ++trial) {
        const std::size_t row = row_of(number, trial, regime);
        row_numbers_.set("price_of_anarchy", row, pair.price_of_anarchy[at(trial)]);
        row_numbers_.set("welfare_gap", row, pair.gap[at(trial)]);
      }
    }
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
    columns.push_back({{"objective", "what agents climb", "1", {}}, objective_});
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
  bool suffixed_ = false;

  // Per point.
  NumberColumns point_numbers_;
  std::vector<std::int8_t> status_;
  std::vector<std::string> messages_;
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
