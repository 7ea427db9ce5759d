// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/run_comparison.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "engine/config/value.hpp"
#include "engine/core/error.hpp"

namespace gbid {
namespace {

constexpr double kSameEnds = 1e-9;  // relative: the same ends of two runs differ by less

using Keys = std::map<std::string, std::string>;

// What is compared, with the regimes that it is of; units "welfare" stand for those of the run.
struct Compared {
  const char* name;
  const char* units;
  double scale;  // of the values, where they may be rounding themselves
};
constexpr Compared kCompared[] = {{"price_of_anarchy", "1", 0.0},
                                  {"welfare_gap", "welfare", 0.0},
                                  {"welfare", "welfare", 0.0},
                                  {"relative_gain", "1", 1.0}};

/// Every value of a table by its dotted key.
void flatten(const toml::table& table, const std::string& path, Keys& keys) {
  for (const auto& [key, node] : table) {
    const std::string name = (path.empty() ? "" : path + ".") + config::format_key(key.str());
    if (const toml::table* inner = node.as_table()) {
      flatten(*inner, name, keys);
      continue;
    }
    std::ostringstream text;
    if (const auto* number = node.as_floating_point())
      text << config::format_number(number->get());
    else
      node.visit([&](const auto& value) { text << value; });
    keys[name] = text.str();
  }
}

std::vector<ScenarioDifference> differences_of(const std::vector<ComparedRun>& runs) {
  std::vector<Keys> all(runs.size());
  Keys known;
  for (std::size_t k = 0; k < runs.size(); ++k) {
    try {
      flatten(toml::parse(runs[k].scenario_toml), "", all[k]);
    } catch (const toml::parse_error& error) {
      throw DataError(
          fmt::format("{}: /scenario_toml cannot be read: {}", runs[k].file, error.description()));
    }
    known.insert(all[k].begin(), all[k].end());
  }
  std::vector<ScenarioDifference> found;
  for (const auto& entry : known) {
    ScenarioDifference difference{entry.first, {}};
    for (Keys& keys : all) difference.values.push_back(keys[entry.first]);
    const auto& values = difference.values;
    if (std::any_of(values.begin(), values.end(),
                    [&](const std::string& value) { return value != values.front(); }))
      found.push_back(std::move(difference));
  }
  return found;
}

const Measured* find(const PriceOfAnarchyResult& result, const std::string& name,
                     const std::string& regime) {
  for (const Measured& each : result.measured)
    if (each.row->name == name && each.regime == regime) return &each;
  return nullptr;
}

/// One value a trial, or one a game where the run plays several games with several trials each.
std::vector<double> sample_of(const PriceOfAnarchyResult& result, const Measured& found) {
  const auto each = static_cast<std::size_t>(result.trials_per_game);
  if (result.is_game_shared || each <= 1) return found.values;
  std::vector<double> games;
  for (std::size_t begin = 0; begin + each <= found.values.size(); begin += each)
    games.push_back(mean(std::span(found.values).subspan(begin, each)));
  return games;
}

/// second - first, and 0 where the two differ by rounding only.
double difference(double first, double second, double scale) {
  const double found = second - first;
  return std::abs(found) <= kSameEnds * std::max({std::abs(first), std::abs(second), scale})
             ? 0.0
             : found;
}

Estimate paired_difference(const std::vector<double>& first, const std::vector<double>& second,
                           double scale, const BootstrapConfig& config) {
  std::vector<double> differences(second);
  for (std::size_t k = 0; k < differences.size(); ++k)
    differences[k] = difference(first[k], second[k], scale);
  return estimate(differences, config);
}

Estimate unpaired_difference(const std::vector<double>& first, const std::vector<double>& second,
                             double scale, const BootstrapConfig& config) {
  const auto at_rest = [&](Interval interval) {
    return Interval{difference(0.0, interval.low, scale), difference(0.0, interval.high, scale)};
  };
  Estimate found;
  found.count = static_cast<std::int64_t>(
      std::min(drop_missing(first).values.size(), drop_missing(second).values.size()));
  found.mean = difference(mean(first), mean(second), scale);
  found.median = difference(median(first), median(second), scale);
  found.mean_interval = at_rest(bootstrap_difference(first, second, Statistic::kMean, config));
  found.median_interval = at_rest(bootstrap_difference(first, second, Statistic::kMedian, config));
  return found;
}

bool has_same_units(const PriceOfAnarchyResult& a, const PriceOfAnarchyResult& b) {
  return a.welfare_name == b.welfare_name && a.welfare_units == b.welfare_units &&
         a.is_minus_cost == b.is_minus_cost;
}

void find_pairing(const std::vector<ComparedRun>& runs, RunComparison& comparison) {
  const PriceOfAnarchyResult& first = runs.front().result;
  comparison.is_paired = std::all_of(runs.begin(), runs.end(), [&](const ComparedRun& run) {
    return run.result.seed == first.seed && run.result.trials == first.trials &&
           run.result.trials_per_game == first.trials_per_game &&
           run.result.is_game_shared == first.is_game_shared;
  });
  comparison.pairing =
      comparison.is_paired
          ? fmt::format("paired trial by trial: all runs have seed {} and {} trials", first.seed,
                        first.trials)
          : "not paired: the runs differ in their seed or in their numbers of trials or games";
}

}  // namespace

RunComparison compare_runs(const std::vector<ComparedRun>& runs) {
  RunComparison comparison;
  comparison.scenario = differences_of(runs);
  find_pairing(runs, comparison);
  const PriceOfAnarchyResult& first = runs.front().result;
  const bool shares_units = std::all_of(runs.begin(), runs.end(), [&](const ComparedRun& run) {
    return has_same_units(run.result, first);
  });
  if (!shares_units)
    comparison.notes.push_back(
        "the runs measure welfare differently: it and its gap have no difference");
  for (const RegimeEnd& regime : first.regimes) {
    const bool is_shared = std::all_of(runs.begin(), runs.end(), [&](const ComparedRun& run) {
      return find(run.result, "welfare", regime.name) != nullptr;
    });
    if (!is_shared)
      comparison.notes.push_back(
          fmt::format("{} is not in every run and is left out", regime.name));
  }
  for (const Compared& what : kCompared) {
    const bool is_of_welfare = std::string_view(what.units) == "welfare";
    for (const RegimeEnd& regime : first.regimes) {
      ComparedStatistic row{
          what.name, regime.name, is_of_welfare ? first.welfare_units : what.units, {}, {}};
      std::vector<std::vector<double>> samples;
      for (const ComparedRun& run : runs)
        if (const Measured* found = find(run.result, what.name, regime.name))
          samples.push_back(sample_of(run.result, *found));
      if (samples.size() < runs.size()) continue;
      const BootstrapConfig& config = first.config.bootstrap;
      for (const auto& sample : samples) {
        row.estimates.push_back(estimate(sample, config));
        const bool has_difference = &sample != &samples.front() && (shares_units || !is_of_welfare);
        row.differences.push_back(
            !has_difference ? Estimate{}
            : comparison.is_paired
                ? paired_difference(samples.front(), sample, what.scale, config)
                : unpaired_difference(samples.front(), sample, what.scale, config));
      }
      if (std::any_of(row.estimates.begin(), row.estimates.end(),
                      [](const Estimate& each) { return each.count > 0; }))
        comparison.statistics.push_back(std::move(row));
    }
  }
  return comparison;
}

}  // namespace gbid
