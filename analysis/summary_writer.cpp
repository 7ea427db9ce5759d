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
