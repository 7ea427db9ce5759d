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

/// A variable over (trial, step, agent) where each trial's welfare ends; empty if it was not
/// recorded. Trials without an end are NaN.
NumberTable last_records(const RegimeSource& source, const std::string& variable,
                         const NumberTable& welfare) {
  const bool is_per_agent = has(source, variable, {"trial", "step", "agent"});
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

/// A final variable over trials; empty if it was not recorded.
std::vector<double> per_trial(const RegimeSource& source, const std::string& variable) {
  if (!has(source, variable, {"trial"})) return {};
  std::vector<double> values = source.whole(variable).values;
  values.resize(source.outcome.size(), std::nan(""));
  return values;
}

CertificateRecord certificate_of(const RegimeSource& source) {
  CertificateRecord record;
  if (!has(source, "largest_gain", {"trial"})) return record;
  record.nash_conv = per_trial(source, "nash_conv");
  record.largest_gain = per_trial(source, "largest_gain");
  record.relative_gain = per_trial(source, "relative_gain");
  record.residual = per_trial(source, "residual");
  record.is_exact = per_trial(source, "is_exact");
  record.curvature.assign(source.outcome.size(), std::nan(""));
  if (!has(source, "curvature", {"trial", "agent"})) return record;
  const Array all = source.whole("curvature");
  const std::size_t agents = all.values.size() / std::max<std::size_t>(1, source.outcome.size());
  for (std::size_t k = 0; k < all.values.size(); ++k)
    record.curvature[k / agents] = std::fmax(record.curvature[k / agents], all.values[k]);
  return record;
}

RegimeRecord record_of(const RegimeSource& source) {
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
  regime.mean_utility = series(source, "mean_utility");
  regime.mask_density = series(source, "mask_density");
  regime.dead_gradient_share = series(source, "dead_gradient_share");
  regime.final_ranking = last_records(source, "ranking", regime.welfare);
  regime.final_updates = last_records(source, "updates", regime.welfare);
  regime.certificate = certificate_of(source);
  if (!regime.certificate.empty())
    regime.final_payoff = last_records(source, "payoff", regime.welfare);
  return regime;
}

void add_regime(const RegimeSource& source, PriceOfAnarchyInput& input) {
  input.budget = attribute(source.attributes, "budget");
  const bool is_shared = attribute(source.attributes, "shared_game") == "true";
  input.is_game_shared = is_shared && (input.regimes.empty() || input.is_game_shared);
  const auto number = [&](const char* name, auto otherwise) {
    const std::string text = attribute(source.attributes, name);
    return text.empty() ? otherwise
                        : static_cast<decltype(otherwise)>(std::strtod(text.c_str(), nullptr));
  };
  input.trials_per_game = number("trials_per_game", input.trials_per_game);
  input.certificate_tolerance = number("certificate_tolerance", input.certificate_tolerance);
  const bool is_minus_cost = attribute(source.attributes, "welfare_sign") == "cost";
  input.is_minus_cost = is_minus_cost && (input.regimes.empty() || input.is_minus_cost);
  input.theory_bound = number("theory_bound", input.theory_bound);
  input.theory_source = attribute(source.attributes, "theory_source");
  const auto welfare = source.variables.find("welfare");
  if (input.regimes.empty() && welfare != source.variables.end()) {
    if (!welfare->second.long_name.empty()) input.welfare_name = welfare->second.long_name;
    if (!welfare->second.units.empty()) input.welfare_units = welfare->second.units;
  }
  input.regimes.push_back(record_of(source));
}

/// Writes variables over `trial`, none twice under one name.
class SummaryWriter {
 public:
  explicit SummaryWriter(PublishedFile& file) : group_(file.add_group("summary")) {}

  GroupWriter& group() { return group_; }

  /// Unless all values are missing, which is what a quantity is that was not recorded.
  void write_known(const std::string& name, const std::string& long_name, const std::string& units,
                   const std::vector<double>& values) {
    const bool is_known =
        std::any_of(values.begin(), values.end(), [](double value) { return !std::isnan(value); });
    if (is_known) write(name, long_name, units, values, {});
  }
  void write(const std::string& name, const std::string& long_name, const std::string& units,
             const std::vector<double>& values,
             const std::map<std::string, std::string>& attributes) {
    group_.write({unused(name), long_name, units, attributes}, {"trial"}, values);
  }
  /// @param values (trial) NaN where a trial does not count.
  void write_flags(const std::string& name, const std::string& long_name,
                   const std::vector<bool>& is_true, const std::vector<double>& values) {
    std::vector<std::int8_t> flags;
    for (std::size_t t = 0; t < values.size(); ++t)
      flags.push_back(std::isnan(values[t]) ? 2 : is_true[t] ? 1 : 0);
    group_.write_flags({unused(name), long_name, "1", {}}, {"trial"}, flags, "no yes not_counted");
  }

 private:
  /// A regime may be named so that two variables would share a name ("gap" and welfare_gap).
  std::string unused(std::string name) {
    while (!taken_.insert(name).second) name += "_";
    return name;
  }

  GroupWriter group_;
  std::set<std::string> taken_ = {"trial"};
};

void write_regime(SummaryWriter& summary, const RegimeEnd& regime,
                  const PriceOfAnarchyResult& result) {
  const std::string& name = regime.name;
  summary.write("welfare_" + name, fmt::format("{} at the end, {}", result.welfare_name, name),
                result.welfare_units, regime.welfare, {{"objective", regime.objective}});
  summary.write("drift_" + name, "drift of welfare over the last window, " + name,
                result.welfare_units, regime.drift, {});
  summary.write_flags("settled_" + name, "whether welfare had settled at the end, " + name,
                      regime.is_settled, regime.welfare);
  summary.write_known("mean_utility_" + name, "mean utility at the end, " + name, "1",
                      regime.mean_utility);
  summary.write_known("mask_density_" + name,
                      "share of bids that pass the mask at the end, " + name, "1",
                      regime.mask_density);
  summary.write_known("dead_gradient_share_" + name,
                      "share of bids whose mask has no slope at the end, " + name, "1",
                      regime.dead_gradient_share);
  summary.write_known("updates_per_agent_" + name, "updates per agent at the end, " + name, "1",
                      regime.updates_per_agent);
}

void write_comparison(SummaryWriter& summary, const AnarchyComparison& pair,
                      const PriceOfAnarchyResult& result) {
  const std::string& anarchy = pair.equilibrium;
  const std::string suffix = result.comparisons.size() > 1 ? "_" + anarchy : "";
  summary.write("welfare_gap" + suffix,
                "best known welfare - " + anarchy + " welfare, 0 is no loss", result.welfare_units,
                pair.gap, {});
  std::map<std::string, std::string> warning;
  if (pair.ratio_with_negative > 0) {
    warning["caveat"] = "divides negative welfare: not a price of anarchy";
  }
  summary.write(fmt::format("ratio_{}_to_{}", anarchy, pair.planner),
                fmt::format("{} welfare / {} welfare", anarchy, pair.planner), "1", pair.ratio,
                warning);
  std::map<std::string, std::string> reason;
  if (!pair.price_of_anarchy_reason.empty()) reason["not_defined"] = pair.price_of_anarchy_reason;
  summary.write("price_of_anarchy" + suffix,
                (result.is_minus_cost ? anarchy + " cost / best known cost"
                                      : "best known welfare / " + anarchy + " welfare") +
                    ", 1 is no loss",
                "1", pair.price_of_anarchy, reason);
  summary.write_known("ranking_kl" + suffix,
                      fmt::format("KL({} || {}) of the final rankings", anarchy, pair.planner),
                      "nat", pair.ranking_kl);
}

/// A game's value stands at each of its trials.
void write_equilibria(SummaryWriter& summary, const PriceOfAnarchyResult& result) {
  if (result.equilibria.empty()) return;
  for (const CertifiedEnds& regime : result.equilibria.regimes) {
    summary.write("epsilon_" + regime.name,
                  "largest gain of any agent by its best response found, " + regime.name,
                  result.welfare_units, regime.epsilon,
                  {{"best_responses", regime.is_exact ? "exact" : "lower bounds"}});
    summary.write("relative_epsilon_" + regime.name,
                  "that gain by the mean absolute payoff, " + regime.name, "1",
                  regime.relative_gain, {});
    summary.write_flags("equilibrium_" + regime.name,
                        "whether the end is an equilibrium within the tolerance, " + regime.name,
                        regime.is_equilibrium, regime.epsilon);
  }
  const auto over_games = [&](const std::string& name, const std::string& long_name,
                              const std::string& units, double GameEquilibria::*value) {
    std::vector<double> values;
    for (const GameEquilibria& game : result.equilibria.games)
      values.insert(values.end(), static_cast<std::size_t>(game.trials), game.*value);
    summary.write_known(name, long_name, units, values);
  };
  over_games("equilibrium_price_of_anarchy", "best known welfare / worst equilibrium of the game",
             "1", &GameEquilibria::price_of_anarchy);
  over_games("equilibrium_price_of_stability", "best known welfare / best equilibrium of the game",
             "1", &GameEquilibria::price_of_stability);
  over_games("equilibrium_anarchy_gap", "best known welfare - worst equilibrium of the game",
             result.welfare_units, &GameEquilibria::anarchy_gap);
  over_games("equilibrium_stability_gap", "best known welfare - best equilibrium of the game",
             result.welfare_units, &GameEquilibria::stability_gap);
}

void write_definitions(GroupWriter& group, const PriceOfAnarchyResult& result) {
  group.attribute("end", fmt::format("mean over the last {:.4g}% of a trial's records",
                                     100.0 * result.config.window_share));
  group.attribute("settled", fmt::format("|drift| <= {:.4g} |welfare| over those records, or the "
                                         "scenario's stopping rule was met",
                                         result.config.settled_tolerance));
  if (!result.best_planner.empty()) group.attribute("best_planner", result.best_planner);
  if (!result.best_regime.empty()) {
    group.attribute("best_known",
                    fmt::format("{}, trial {}", result.best_regime, result.best_trial));
  }
  std::string caveats;
  for (const std::string& caveat : result.caveats) {
    caveats += caveats.empty() ? "" : "\n";
    caveats += caveat;
  }
  group.attribute("caveats", caveats);
}

}  // namespace

PriceOfAnarchyInput price_of_anarchy_input(const RunReader& run) {
  PriceOfAnarchyInput input;
  input.title = run.info().title;
  input.seed = run.info().seed;
  for (const std::string& regime : run.regimes()) add_regime(FileRegime(run, regime), input);
  return input;
}

PriceOfAnarchyInput price_of_anarchy_input(const RunRecords& records) {
  PriceOfAnarchyInput input;
  input.title = records.layout().title;
  input.seed = records.layout().seed;
  for (std::size_t regime = 0; regime < records.layout().regimes.size(); ++regime) {
    add_regime(RecordedRegime(records, regime), input);
  }
  return input;
}

void write_summary(PublishedFile& file, const PriceOfAnarchyConfig& config) {
  const RunRecords& records = file.records();
  const std::vector<RegimeLayout>& regimes = records.layout().regimes;
  const auto has_welfare = [](const RegimeLayout& regime) {
    return std::any_of(regime.trajectory.begin(), regime.trajectory.end(), [](const Variable& v) {
      return v.name == "welfare" && v.dimensions.empty();
    });
  };
  if (regimes.empty() || !std::all_of(regimes.begin(), regimes.end(), has_welfare)) return;

  const PriceOfAnarchyResult result = price_of_anarchy(price_of_anarchy_input(records), config);
  SummaryWriter summary(file);
  write_definitions(summary.group(), result);
  for (const RegimeEnd& regime : result.regimes) write_regime(summary, regime, result);
  summary.write("best_known_welfare", "highest welfare known for the trial's game",
                result.welfare_units, result.best_known, {});
  for (const AnarchyComparison& pair : result.comparisons) write_comparison(summary, pair, result);
  write_equilibria(summary, result);
}

}  // namespace gbid
