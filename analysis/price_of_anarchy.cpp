// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/price_of_anarchy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "analysis/report/caveats.hpp"
#include "engine/core/error.hpp"

namespace gbid {
namespace {

constexpr double kWelfareFloor = 1e-12;  // welfare closer to zero settles by this scale instead

RegimeRole role_of(const std::string& objective) {
  if (objective == "own_payoff") return RegimeRole::kEquilibrium;
  if (objective == "mean_payoff" || objective == "mean_utility") return RegimeRole::kPlanner;
  return RegimeRole::kOther;
}

bool is_counted(TrialStatus outcome) {
  return outcome == TrialStatus::kCompleted || outcome == TrialStatus::kSettled ||
         outcome == TrialStatus::kStopped;
}

void check_table(const RegimeRecord& regime, const std::string& name, const NumberTable& table,
                 std::int64_t trials, std::int64_t columns) {
  if (table.empty()) return;
  if (table.rows == trials && (columns < 0 || table.columns == columns) &&
      static_cast<std::int64_t>(table.values.size()) == table.rows * table.columns) {
    return;
  }
  throw DataError(fmt::format("regime {}: {} is {} x {} ({} values), expected {} trials x {}",
                              regime.name, name, table.rows, table.columns, table.values.size(),
                              trials, columns < 0 ? "agents" : std::to_string(columns) + " steps"));
}

void check_shapes(const RegimeRecord& regime, std::int64_t trials) {
  const auto steps = static_cast<std::int64_t>(regime.steps.size());
  if (static_cast<std::int64_t>(regime.outcome.size()) != trials) {
    throw DataError(fmt::format("regime {}: {} outcomes, expected one for each of {} trials",
                                regime.name, regime.outcome.size(), trials));
  }
  if (regime.welfare.empty() && trials * steps > 0) {
    throw DataError(fmt::format("regime {}: no welfare was recorded", regime.name));
  }
  if (!std::is_sorted(regime.steps.begin(), regime.steps.end())) {
    throw DataError(fmt::format("regime {}: the recorded steps do not ascend", regime.name));
  }
  check_table(regime, "welfare", regime.welfare, trials, steps);
  check_table(regime, "payoff", regime.final_payoff, trials, -1);
  for (const auto& [name, table] : regime.series) check_table(regime, name, table, trials, steps);
  for (const auto& [name, table] : regime.last) check_table(regime, name, table, trials, -1);
}

/// Drift over the window, widened to two records where it holds one and an earlier one exists.
double window_drift(const RegimeRecord& regime, std::int64_t trial, Window window) {
  if (window.end - window.begin == 1 && window.begin > 0) --window.begin;
  const std::span<const double> welfare =
      regime.welfare.row(trial).subspan(window.begin, window.end - window.begin);
  const std::vector<double> steps(regime.steps.begin() + static_cast<std::ptrdiff_t>(window.begin),
                                  regime.steps.begin() + static_cast<std::ptrdiff_t>(window.end));
  return drift(steps, welfare);
}

void end_trial(const RegimeRecord& regime, std::int64_t trial, const PriceOfAnarchyConfig& config,
               RegimeEnd& end) {
  const auto t = static_cast<std::size_t>(trial);
  const Window window = last_window(regime.welfare.row(trial), config.window_share);
  const double welfare =
      mean(regime.welfare.row(trial).subspan(window.begin, window.end - window.begin));
  if (std::isnan(welfare)) return;
  const double moved = window_drift(regime, trial, window);
  const double allowed = config.settled_tolerance * std::max(kWelfareFloor, std::abs(welfare));
  end.window[t] = window;
  end.welfare[t] = welfare;
  end.drift[t] = moved;
  end.is_settled[t] = regime.outcome[t] == TrialStatus::kSettled || std::abs(moved) <= allowed;
  end.counted += 1;
  end.settled += end.is_settled[t];
  end.drift_unknown += std::isnan(moved) && !end.is_settled[t];
  end.stopped += regime.outcome[t] == TrialStatus::kStopped;
}

RegimeEnd end_of(const RegimeRecord& regime, const PriceOfAnarchyConfig& config) {
  const std::size_t trials = regime.outcome.size();
  RegimeEnd end;
  end.name = regime.name;
  end.objective = regime.objective;
  end.schedule = regime.schedule;
  end.role = role_of(regime.objective);
  end.window.resize(trials);
  end.welfare.assign(trials, kMissing);
  end.drift.assign(trials, kMissing);
  end.is_settled.assign(trials, false);
  for (std::size_t t = 0; t < trials; ++t) {
    end.failed += regime.outcome[t] == TrialStatus::kFailed;
    end.not_started += regime.outcome[t] == TrialStatus::kNotStarted;
    if (is_counted(regime.outcome[t]) && !regime.steps.empty()) {
      end_trial(regime, static_cast<std::int64_t>(t), config, end);
    }
  }
  return end;
}

/// Fills `best_known`: the best of all regimes in all trials of a trial's game.
void find_best(PriceOfAnarchyResult& result) {
  result.best_known.assign(static_cast<std::size_t>(result.trials), kMissing);
  const auto a_game = static_cast<std::size_t>(result.trials_per_game);
  for (std::size_t begin = 0; begin < result.best_known.size(); begin += a_game) {
    const std::size_t end = std::min(begin + a_game, result.best_known.size());
    double best = kMissing;
    for (const RegimeEnd& regime : result.regimes) {
      for (std::size_t t = begin; t < end; ++t) {
        if (std::isnan(regime.welfare[t]) || regime.welfare[t] <= best) continue;
        best = regime.welfare[t];
        if (!result.is_game_shared) continue;
        result.best_regime = regime.name;
        result.best_trial = static_cast<std::int64_t>(t);
      }
    }
    std::fill(result.best_known.begin() + static_cast<std::ptrdiff_t>(begin),
              result.best_known.begin() + static_cast<std::ptrdiff_t>(end), best);
  }
}

/// The place of the planner with the highest median welfare.
std::optional<std::size_t> best_planner(const PriceOfAnarchyResult& result) {
  std::optional<std::size_t> best;
  double highest = kMissing;
  for (std::size_t r = 0; r < result.regimes.size(); ++r) {
    const RegimeEnd& regime = result.regimes[r];
    if (regime.role != RegimeRole::kPlanner || regime.counted == 0) continue;
    const double found = median(regime.welfare);
    if (found <= highest) continue;
    best = r;
    highest = found;
  }
  return best;
}

void count_best_found(const RegimeEnd& planner, PriceOfAnarchyResult& result) {
  for (std::size_t t = 0; t < planner.welfare.size(); ++t) {
    if (std::isnan(planner.welfare[t])) continue;
    const double best = result.best_known[t];
    result.best_found_of += 1;
    result.best_found +=
        planner.welfare[t] >= best - result.config.optimum_tolerance * std::abs(best);
  }
}

std::string undefined_reason(std::int64_t defined, std::int64_t counted, bool is_any_negative,
                             bool is_minus_cost) {
  if (defined == counted && counted > 0) return "";
  if (counted == 0) return "not defined: no trial counts";
  const std::string why = is_minus_cost     ? "a cost is not above 0"
                          : is_any_negative ? "payoffs are negative"
                                            : "welfare is zero";
  if (defined == 0) return "not defined: " + why;
  return fmt::format("defined in {} of {} trials; in the others {}", defined, counted, why);
}

AnarchyComparison compare(const RegimeEnd& equilibrium, const RegimeEnd& planner,
                          const PriceOfAnarchyResult& result) {
  AnarchyComparison pair;
  pair.equilibrium = equilibrium.name;
  pair.planner = planner.name;
  double lowest = kMissing;
  std::int64_t defined = 0;
  for (std::size_t t = 0; t < equilibrium.welfare.size(); ++t) {
    const double anarchy = equilibrium.welfare[t], planned = planner.welfare[t];
    if (std::isnan(anarchy)) continue;
    lowest = std::fmin(lowest, anarchy);
    defined += !std::isnan(price_of(result.best_known[t], anarchy, result.is_minus_cost));
    if (std::isnan(planned)) continue;
    pair.counted += 1;
    const bool is_of_costs = result.is_minus_cost && anarchy < 0.0 && planned < 0.0;
    pair.ratio_with_negative += planned != 0.0 && !is_of_costs && (anarchy < 0.0 || planned < 0.0);
  }
  pair.worst_price_of_anarchy =
      result.is_game_shared ? price_of(result.best_known.front(), lowest, result.is_minus_cost)
                            : kMissing;
  pair.price_of_anarchy_reason =
      undefined_reason(defined, equilibrium.counted, lowest < 0.0, result.is_minus_cost);
  return pair;
}

const NumberTable& table_of(const std::map<std::string, NumberTable, std::less<>>& tables,
                            std::string_view variable) {
  static const NumberTable none;
  const auto found = tables.find(variable);
  return found == tables.end() ? none : found->second;
}

}  // namespace

const NumberTable& RegimeRecord::over_steps(std::string_view variable) const {
  return table_of(series, variable);
}

const NumberTable& RegimeRecord::last_of(std::string_view variable) const {
  return table_of(last, variable);
}

const Measured& PriceOfAnarchyResult::of(std::string_view statistic,
                                         std::string_view regime) const {
  const auto found = std::find_if(measured.begin(), measured.end(), [&](const Measured& each) {
    return each.row->name == statistic && each.regime == regime;
  });
  if (found == measured.end())
    throw Error(ExitCode::kInternal, fmt::format("no statistic {} of {}", statistic, regime));
  return *found;
}

std::vector<const Measured*> PriceOfAnarchyResult::all_of(Scope scope,
                                                          std::string_view regime) const {
  std::vector<const Measured*> all;
  for (const Measured& each : measured)
    if (each.row->scope == scope && each.regime == regime) all.push_back(&each);
  return all;
}

double price_of(double best, double equilibrium, bool is_minus_cost) {
  if (best > 0.0 && equilibrium > 0.0 && !is_minus_cost) return best / equilibrium;
  if (best < 0.0 && equilibrium < 0.0 && is_minus_cost) return equilibrium / best;
  return kMissing;
}

double ranking_divergence(std::span<const double> p, std::span<const double> q) {
  if (p.size() != q.size()) return kMissing;
  double sum_p = 0.0;
  double sum_q = 0.0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (!(p[i] >= 0.0 && q[i] >= 0.0)) return kMissing;
    sum_p += p[i];
    sum_q += q[i];
  }
  if (!(sum_p > 0.0 && sum_q > 0.0)) return kMissing;
  double divergence = 0.0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p[i] > 0.0) divergence += p[i] / sum_p * std::log(p[i] / sum_p / (q[i] / sum_q));
  }
  return std::max(divergence, 0.0);  // equal vectors may round to just below
}

PriceOfAnarchyResult price_of_anarchy(const PriceOfAnarchyInput& input,
                                      const PriceOfAnarchyConfig& config) {
  PriceOfAnarchyResult result;
  result.title = input.title;
  result.seed = input.seed;
  result.is_game_shared = input.is_game_shared;
  result.trials_per_game =
      input.is_game_shared
          ? std::max<std::int64_t>(
                1, input.regimes.empty()
                       ? 1
                       : static_cast<std::int64_t>(input.regimes.front().outcome.size()))
          : std::max<std::int64_t>(1, input.trials_per_game);
  result.budget = input.budget;
  result.welfare_name = input.welfare_name;
  result.welfare_units = input.welfare_units;
  result.is_minus_cost = input.is_minus_cost;
  result.config = config;
  if (input.regimes.empty()) throw DataError("nothing to compare: the run has no regime");

  // 1. Where every regime ended.
  result.trials = static_cast<std::int64_t>(input.regimes.front().outcome.size());
  for (const RegimeRecord& regime : input.regimes) {
    check_shapes(regime, result.trials);
    result.regimes.push_back(end_of(regime, config));
  }

  const auto regime_at = [&](std::size_t r) {
    return StatisticAt{input, result, &input.regimes[r], &result.regimes[r]};
  };
  for (std::size_t r = 0; r < result.regimes.size(); ++r)
    measure(Scope::kRegime, regime_at(r), result);

  // 2. The best welfare that is known, and how often the planner found it.
  find_best(result);
  const auto planner = best_planner(result);
  if (planner) {
    result.best_planner = result.regimes[*planner].name;
    count_best_found(result.regimes[*planner], result);
  }

  // 3. Every equilibrium regime beside that planner.
  for (std::size_t r = 0; r < result.regimes.size(); ++r) {
    if (result.regimes[r].role != RegimeRole::kEquilibrium || !planner) continue;
    result.comparisons.push_back(compare(result.regimes[r], result.regimes[*planner], result));
    StatisticAt at = regime_at(r);
    at.planner_record = &input.regimes[*planner];
    at.planner = &result.regimes[*planner];
    measure(Scope::kComparison, at, result);
  }

  // 4. Which ends are equilibria, and what those say.
  result.equilibria = equilibria(input, result);
  for (const CertifiedEnds& ends : result.equilibria.regimes)
    for (std::size_t r = 0; r < result.regimes.size(); ++r)
      if (result.regimes[r].name == ends.name) {
        StatisticAt at = regime_at(r);
        at.certificate = &ends;
        measure(Scope::kCertificate, at, result);
      }
  if (!result.equilibria.empty()) measure(Scope::kGame, {input, result}, result);
  result.caveats = caveats_of(result);
  return result;
}

}  // namespace gbid
