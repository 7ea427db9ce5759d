// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/run_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>

#include "engine/core/error.hpp"
#include "engine/text/utf8.hpp"

namespace gbid {
namespace {

using Dimensions = std::vector<std::string>;

std::string attribute(const std::map<std::string, std::string>& attributes, const char* name) {
  const auto found = attributes.find(name);
  return found == attributes.end() ? "" : found->second;
}

/// A variable that a source can read.
struct Readable {
  Dimensions dimensions;  // "trial" first
  std::string long_name;
  std::string units;
};

/// One regime, wherever it lies. Trial and record are in range when `record_of` is called.
class RegimeSource {
 public:
  virtual ~RegimeSource() = default;
  virtual Array whole(const std::string& variable) const = 0;
  /// The values of one record of a trial, whatever their own dimensions.
  virtual std::vector<double> record_of(const std::string& variable, std::int64_t trial,
                                        std::int64_t record) const = 0;

  std::string name;
  std::map<std::string, std::string> attributes;
  std::vector<std::int64_t> steps;
  std::vector<TrialStatus> outcome;
  std::map<std::string, Readable> variables;
};

class FileRegime : public RegimeSource {
 public:
  FileRegime(const RunReader& run, const std::string& regime) : run_(run) {
    const StoredGroup group = run.group(regime);
    name = regime;
    attributes = group.attributes;
    steps = group.steps;
    for (const Outcome& end : run.outcomes(regime)) outcome.push_back(end.status);
    for (const StoredVariable& stored : group.variables) {
      variables[stored.name] = {stored.dimensions, stored.long_name, stored.units};
    }
  }
  Array whole(const std::string& variable) const override { return run_.read(name, variable); }
  std::vector<double> record_of(const std::string& variable, std::int64_t trial,
                                std::int64_t record) const override {
    const Array all = run_.read_trial(name, variable, trial);
    if (all.shape.empty() || record >= all.shape[0]) {
      throw DataError(fmt::format("regime {}: {} is shorter than welfare", name, variable));
    }
    const auto width = static_cast<std::ptrdiff_t>(all.values.size()) / all.shape[0];
    const auto begin = all.values.begin() + record * width;
    return {begin, begin + width};
  }

 private:
  const RunReader& run_;
};

class RecordedRegime : public RegimeSource {
 public:
  RecordedRegime(const RunRecords& records, std::size_t regime)
      : records_(records), regime_(regime) {
    const RegimeLayout& layout = records.layout().regimes[regime];
    name = layout.name;
    attributes = layout.attributes;
    steps.assign(layout.steps.begin(), layout.steps.begin() + records.record_count(regime));
    for (std::int64_t trial = 0; trial < records.layout().trials; ++trial) {
      outcome.push_back(records.outcome(regime, trial).status);
    }
    for (const RecordedVariable& source : records.variables(regime)) {
      Dimensions dimensions = {"trial"};
      if (!source.is_final) dimensions.emplace_back("step");
      dimensions.insert(dimensions.end(), source.variable->dimensions.begin(),
                        source.variable->dimensions.end());
      variables[source.variable->name] = {dimensions, source.variable->long_name,
                                          source.variable->units};
    }
  }
  Array whole(const std::string& variable) const override {
    return records_.values(regime_, variable);
  }
  std::vector<double> record_of(const std::string& variable, std::int64_t trial,
                                std::int64_t record) const override {
    for (const RecordedVariable& source : records_.variables(regime_)) {
      if (source.variable->name != variable) continue;
      std::vector<std::int64_t> origin = {trial, record};
      std::vector<std::int64_t> shape = {1, 1};
      std::int64_t width = 1;
      for (const std::int64_t size : source.sizes) {
        origin.push_back(0);
        shape.push_back(size);
        width *= size;
      }
      std::vector<double> values(static_cast<std::size_t>(width));
      records_.gather(source, origin, shape, values);
      return values;
    }
    return {};
  }

 private:
  const RunRecords& records_;
  std::size_t regime_;
};

bool has(const RegimeSource& source, const std::string& variable, const Dimensions& dimensions) {
  const auto found = source.variables.find(variable);
  return found != source.variables.end() && found->second.dimensions == dimensions;
}

/// A variable over (trial, step); empty if it was not recorded.
NumberTable series(const RegimeSource& source, const std::string& variable) {
  if (!has(source, variable, {"trial", "step"})) return {};
  Array array = source.whole(variable);
  if (array.shape.size() != 2) {
    throw DataError(fmt::format("regime {}: {} has {} axes, expected trial and step", source.name,
                                variable, array.shape.size()));
  }
  return {array.shape[0], array.shape[1], std::move(array.values)};
}

NumberTable per_agent(const RegimeSource& source, const std::string& variable);

/// A variable over (trial, step, agent) where each trial's welfare ends, or a final one over (trial,
/// agent); empty if it was not recorded. Trials without an end are NaN.
NumberTable last_records(const RegimeSource& source, const std::string& variable,
                         const NumberTable& welfare) {
  const bool is_per_agent = has(source, variable, {"trial", "step", "agent"});
  if (has(source, variable, {"trial", "agent"})) return per_agent(source, variable);
  if (!is_per_agent && !has(source, variable, {"trial", "step"})) return {};
  std::vector<std::vector<double>> rows(static_cast<std::size_t>(welfare.rows));
  std::size_t width = 0;
  for (std::int64_t trial = 0; trial < welfare.rows; ++trial) {
    const std::span<const double> ends = welfare.row(trial);
    std::int64_t record = welfare.columns - 1;
    while (record >= 0 && std::isnan(ends[static_cast<std::size_t>(record)])) --record;
    if (record < 0) continue;
    auto& row = rows[static_cast<std::size_t>(trial)];
    row = source.record_of(variable, trial, record);
    width = std::max(width, row.size());
  }
  NumberTable table{welfare.rows, static_cast<std::int64_t>(width), {}};
  for (std::vector<double>& row : rows) {
    row.resize(width, std::nan(""));
    table.values.insert(table.values.end(), row.begin(), row.end());
  }
  return table;
}

/// A final variable over trials; NaN if it was not recorded.
std::vector<double> per_trial(const RegimeSource& source, const std::string& variable) {
  std::vector<double> values;
  if (has(source, variable, {"trial"})) values = source.whole(variable).values;
  values.resize(source.outcome.size(), std::nan(""));
  return values;
}

/// A final variable over (trial, agent); empty if it was not recorded.
NumberTable per_agent(const RegimeSource& source, const std::string& variable) {
  if (!has(source, variable, {"trial", "agent"})) return {};
  const auto trials = static_cast<std::int64_t>(source.outcome.size());
  NumberTable table{trials, 0, source.whole(variable).values};
  table.columns = trials == 0 ? 0 : static_cast<std::int64_t>(table.values.size()) / trials;
  return table;
}

/// Empty where no end of the regime was refined.
RefinementRecord refinement_of(const RegimeSource& source) {
  RefinementRecord record;
  if (!has(source, "refine_end", {"trial"})) return record;
  record.end = per_trial(source, "refine_end");
  if (std::none_of(record.end.begin(), record.end.end(), [](double end) { return end > 0.0; }))
    return {};
  record.moves = per_trial(source, "refine_moves");
  record.welfare = per_trial(source, "refined_welfare");
  if (has(source, "refine_reached", {"trial"})) {
    record.starts = per_trial(source, "refine_starts");
    record.reached = per_trial(source, "refine_reached");
  }
  return record;
}

CertificateRecord certificate_of(const RegimeSource& source) {
  CertificateRecord record;
  if (!has(source, "largest_gain", {"trial"})) return record;
  record.nash_conv = per_trial(source, "nash_conv");
  record.largest_gain = per_trial(source, "largest_gain");
  record.relative_gain = per_trial(source, "relative_gain");
  record.residual = per_trial(source, "residual");
  record.is_exact = per_trial(source, "is_exact");
  if (has(source, "relative_bound", {"trial"})) {
    record.relative_bound = per_trial(source, "relative_bound");
    record.largest_bound = per_trial(source, "largest_bound");
    record.search_starts = per_trial(source, "search_starts");
  }
  record.curvature.assign(source.outcome.size(), std::nan(""));
  const NumberTable curvature = per_agent(source, "curvature"), gain = per_agent(source, "gain");
  for (std::int64_t trial = 0; trial < curvature.rows; ++trial)
    for (const double value : curvature.row(trial)) {
      double& largest = record.curvature[static_cast<std::size_t>(trial)];
      largest = std::fmax(largest, value);
    }
  record.agents = gain.columns;
  for (std::int64_t trial = 0; trial < gain.rows; ++trial) {
    const auto row = gain.row(trial);
    const auto known =
        std::count_if(row.begin(), row.end(), [](double g) { return !std::isnan(g); });
    record.examined = std::max<std::int64_t>(record.examined, known);
  }
  return record;
}

RegimeRecord record_of(const RegimeSource& source, std::span<const StatisticRow> statistics) {
  RegimeRecord regime;
  regime.name = source.name;
  regime.objective = attribute(source.attributes, "objective");
  regime.schedule = attribute(source.attributes, "schedule");
  regime.steps = source.steps;
  regime.outcome = source.outcome;
  regime.welfare = series(source, "welfare");
  const auto trials = static_cast<std::int64_t>(source.outcome.size());
  const auto records = static_cast<std::int64_t>(source.steps.size());
  if (regime.welfare.rows != trials || regime.welfare.columns != records) {
    throw DataError(fmt::format("regime {}: welfare is {} x {}, expected {} trials x {} steps",
                                source.name, regime.welfare.rows, regime.welfare.columns, trials,
                                records));
  }
  for (const StatisticRow& row : statistics) {
    for (const std::string_view name : row.series)
      if (!name.empty() && !regime.series.contains(name))
        regime.series.emplace(name, series(source, std::string(name)));
    for (const std::string_view name : row.last)
      if (!name.empty() && !regime.last.contains(name))
        regime.last.emplace(name, last_records(source, std::string(name), regime.welfare));
  }
  if (has(source, "known_optimum_welfare", {"trial"}))
    regime.known_optimum = per_trial(source, "known_optimum_welfare");
  regime.certificate = certificate_of(source);
  regime.refinement = refinement_of(source);
  if (!regime.certificate.empty()) {
    regime.final_payoff = per_agent(source, "certified_payoff");
    if (regime.final_payoff.empty())
      regime.final_payoff = last_records(source, "payoff", regime.welfare);
  }
  return regime;
}

void add_regime(const RegimeSource& source, std::span<const StatisticRow> statistics,
                PriceOfAnarchyInput& input) {
  input.budget = attribute(source.attributes, "budget");
  const bool is_shared = attribute(source.attributes, "shared_game") == "true";
  input.is_game_shared = is_shared && (input.regimes.empty() || input.is_game_shared);
  const auto number = [&](const char* name, auto otherwise) {
    const std::string text = attribute(source.attributes, name);
    const double value = std::strtod(text.c_str(), nullptr);
    const bool is_usable =
        !text.empty() && std::fabs(value) < 1e15;  // the file may come from elsewhere
    return is_usable ? static_cast<decltype(otherwise)>(value) : otherwise;
  };
  input.trials_per_game = number("trials_per_game", input.trials_per_game);
  input.certificate_tolerance = number("certificate_tolerance", input.certificate_tolerance);
  const bool is_minus_cost = attribute(source.attributes, "welfare_sign") == "cost";
  input.is_minus_cost = is_minus_cost && (input.regimes.empty() || input.is_minus_cost);
  input.theory_bound = number("theory_bound", input.theory_bound);
  input.planner_error = number("planner_error", input.planner_error);
  input.optimum_error = number("optimum_error", input.optimum_error);
  input.theory_source = attribute(source.attributes, "theory_source");
  input.game_caveat = printable(attribute(source.attributes, "caveat"));
  const auto welfare = source.variables.find("welfare");
  if (input.regimes.empty() && welfare != source.variables.end()) {
    if (!welfare->second.long_name.empty()) input.welfare_name = welfare->second.long_name;
    if (!welfare->second.units.empty()) input.welfare_units = welfare->second.units;
  }
  input.regimes.push_back(record_of(source, statistics));
}

}  // namespace

PriceOfAnarchyInput price_of_anarchy_input(const RunReader& run,
                                           std::span<const StatisticRow> statistics) {
  PriceOfAnarchyInput input;
  input.title = run.info().title;
  input.seed = run.info().seed;
  for (const std::string& regime : run.regimes())
    add_regime(FileRegime(run, regime), statistics, input);
  return input;
}

PriceOfAnarchyInput price_of_anarchy_input(const RunRecords& records,
                                           std::span<const StatisticRow> statistics) {
  PriceOfAnarchyInput input;
  input.title = records.layout().title;
  input.seed = records.layout().seed;
  for (std::size_t regime = 0; regime < records.layout().regimes.size(); ++regime) {
    add_regime(RecordedRegime(records, regime), statistics, input);
  }
  return input;
}

}  // namespace gbid
