// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// The group /summary of a run's file.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "analysis/run_summary.hpp"

namespace gbid {
namespace {

/// Writes variables over `trial`, none twice under one name.
class SummaryWriter {
 public:
  explicit SummaryWriter(PublishedFile& file) : group_(file.add_group("summary")) {}

  GroupWriter& group() { return group_; }

  void write(VariableText text, const std::vector<double>& values) {
    text.name = unused(std::move(text.name));
    group_.write(text, {"trial"}, values);
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

/// The statistics of one scope about one regime; what is not known of any trial was not recorded.
void write_statistics(SummaryWriter& summary, const PriceOfAnarchyResult& result, Scope scope,
                      const std::string& regime = "") {
  const bool is_suffixed = result.comparisons.size() > 1;
  for (const Measured* found : result.all_of(scope, regime)) {
    const StatisticRow& row = *found->row;
    if (!row.is_in(kSummary) || !(found->is_known() || row.is_in(kSummaryIfMissing))) continue;
    const StatisticWords words{regime, found->planner, result.welfare_name, result.welfare_units};
    const bool is_of_costs = result.is_minus_cost && !row.cost_help.empty();
    std::string help = filled(is_of_costs ? row.cost_help : row.help, words);
    if (scope == Scope::kRegime || scope == Scope::kCertificate) help += ", " + regime;
    summary.write(
        {row.variable.empty() ? statistic_name(row, regime, is_suffixed)
                              : filled(row.variable, words),
         help, filled(row.units, words),
         row.attributes ? row.attributes(result, *found) : std::map<std::string, std::string>()},
        found->values);
  }
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
  for (const Caveat& caveat : result.caveats) {
    caveats += caveats.empty() ? "" : "\n";
    caveats += caveat.text;
  }
  group.attribute("caveats", caveats);
}

}  // namespace

void write_summary(PublishedFile& file, const PriceOfAnarchyConfig& config) {
  const RunRecords& records = file.records();
  const std::vector<RegimeLayout>& regimes = records.layout().regimes;
  const auto has_welfare = [](const RegimeLayout& regime) {
    return std::any_of(regime.trajectory.begin(), regime.trajectory.end(), [](const Variable& v) {
      return v.name == "welfare" && v.dimensions.empty();
    });
  };
  if (regimes.empty() || !std::all_of(regimes.begin(), regimes.end(), has_welfare)) return;

  const PriceOfAnarchyResult result =
      price_of_anarchy(price_of_anarchy_input(records, config.statistics), config);
  SummaryWriter summary(file);
  write_definitions(summary.group(), result);
  for (const RegimeEnd& regime : result.regimes) {
    write_statistics(summary, result, Scope::kRegime, regime.name);
    summary.write_flags("settled_" + regime.name,
                        "whether welfare had settled at the end, " + regime.name, regime.is_settled,
                        regime.welfare);
  }
  summary.write({"best_known_welfare",
                 "highest welfare known for the trial's game",
                 result.welfare_units,
                 {}},
                result.best_known);
  for (const AnarchyComparison& pair : result.comparisons)
    write_statistics(summary, result, Scope::kComparison, pair.equilibrium);
  for (const CertifiedEnds& regime : result.equilibria.regimes) {
    write_statistics(summary, result, Scope::kCertificate, regime.name);
    summary.write_flags("equilibrium_" + regime.name,
                        "whether the end is an equilibrium within the tolerance, " + regime.name,
                        regime.is_equilibrium, regime.epsilon);
  }
  write_statistics(summary, result, Scope::kGame);
}

}  // namespace gbid
