// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/price_of_anarchy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "analysis/report/caveats.hpp"
#include "engine/core/error.hpp"

namespace gbid {
namespace {

// Welfare nearer to zero than this share of its range over the trial settles by that instead: that
// of a zero-sum game at rest is rounding.
constexpr double kWelfareFloor = 1e-9;
// Sums of a million payoffs round by less, as a share of what is summed.
constexpr double kRounding = 1e-9;

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

double range(std::span<const double> values) {
  double low = kMissing, high = kMissing;
  for (const double value : values) {
    low = std::fmin(low, value);
    high = std::fmax(high, value);
  }
  return high - low;
}

/// Updates of an agent within the window, mean over agents; NaN where they were not recorded.
double updates_within(const RegimeRecord& regime, std::int64_t trial, Window window) {
  const NumberTable& updates = regime.last_of("updates");
  if (updates.empty()) return kMissing;
  if (window.end - window.begin == 1 && window.begin > 0) --window.begin;
  const auto steps_to = [&](std::size_t record) {
    return static_cast<double>(regime.steps[record] - regime.steps.front());
  };
  const double all = steps_to(window.end - 1);
  return all > 0.0 ? mean(updates.row(trial)) * (all - steps_to(window.begin)) / all : 0.0;
}

void end_trial(const RegimeRecord& regime, std::int64_t trial, const PriceOfAnarchyConfig& config,
               RegimeEnd& end) {
  const auto t = static_cast<std::size_t>(trial);
  const Window window = last_window(regime.welfare.row(trial), config.window_share);
  const double welfare =
      mean(regime.welfare.row(trial).subspan(window.begin, window.end - window.begin));
  if (std::isnan(welfare)) return;
  // An agent that was not asked in the window cannot have shown that it rests.
  const bool was_asked = !(updates_within(regime, trial, window) < 1.0);
  const double moved = window_drift(regime, trial, window);
  const double allowed =
      config.settled_tolerance *
      std::max(kWelfareFloor * range(regime.welfare.row(trial)), std::abs(welfare));
  end.window[t] = window;
  end.welfare[t] = welfare;
  end.drift[t] = moved;
  const bool is_at_rest = was_asked && std::abs(moved) <= allowed;
  end.is_settled[t] = regime.outcome[t] == TrialStatus::kSettled || is_at_rest;
  // Where better responses followed, the end is theirs, and at rest if they came to rest.
  if (!regime.refinement.empty() && !std::isnan(regime.refinement.welfare[t])) {
    end.welfare[t] = regime.refinement.welfare[t];
    end.is_settled[t] = regime.refinement.end[t] == RefinementRecord::kAtRest;
  }
  end.counted += 1;
  end.settled += end.is_settled[t];
  end.drift_unknown += (std::isnan(moved) || !was_asked) && !end.is_settled[t];
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

/// The closed form of the optimum of the game that these trials play; NaN where none is known.
double closed_form(const PriceOfAnarchyInput& input, std::size_t begin, std::size_t end) {
  double known = kMissing;
  for (const RegimeRecord& regime : input.regimes)
    for (std::size_t t = begin; t < std::min(end, regime.known_optimum.size()); ++t)
      known = std::fmax(known, regime.known_optimum[t]);
  return known;
}

/// Fills `best_known` and `optimum`: of all regimes in all trials of a trial's game.
void find_best(const PriceOfAnarchyInput& input, PriceOfAnarchyResult& result) {
  const auto trials = static_cast<std::size_t>(result.trials);
  result.best_known.assign(trials, kMissing);
  result.optimum.assign(trials, Optimum::kNone);
  const auto a_game = static_cast<std::size_t>(result.trials_per_game);
  for (std::size_t begin = 0; begin < trials; begin += a_game) {
    const std::size_t end = std::min(begin + a_game, trials);
    double best = kMissing, planned = kMissing;
    auto optimum = Optimum::kNone;
    for (const RegimeEnd& regime : result.regimes) {
      for (std::size_t t = begin; t < end; ++t) {
        if (std::isnan(regime.welfare[t])) continue;
        if (regime.role == RegimeRole::kPlanner && !(regime.welfare[t] <= planned)) {
          planned = regime.welfare[t];
          optimum = regime.is_settled[t] ? Optimum::kConverged : Optimum::kAtLeast;
        }
        if (regime.welfare[t] <= best) continue;
        best = regime.welfare[t];
        if (!result.is_game_shared) continue;
        result.best_regime = regime.name;
        result.best_trial = static_cast<std::int64_t>(t);
      }
    }
    if (const double known = closed_form(input, begin, end); !std::isnan(known)) {
      best = known;
      optimum = Optimum::kClosedForm;
      result.best_regime.clear();
      result.best_trial = -1;
    }
    for (std::size_t t = begin; t < end; ++t) {
      result.best_known[t] = best;
      result.optimum[t] = optimum;
    }
  }
}

/// Adds a contradiction for every end whose welfare is above an optimum that is exact.
void check_optima(const PriceOfAnarchyInput& input, PriceOfAnarchyResult& result) {
  const auto last_of = [](const RegimeRecord& regime, std::size_t t) {
    const auto welfare = regime.welfare.row(static_cast<std::int64_t>(t));
    const std::size_t count = last_window(welfare, 0.0).end;
    return count > 0 ? welfare[count - 1] : kMissing;
  };
  const auto trials = static_cast<std::size_t>(result.trials);
  for (std::size_t t = 0; t < trials; ++t) {
    double optimum = kMissing, error = kRounding;
    if (result.optimum[t] == Optimum::kClosedForm) {
      optimum = result.best_known[t];
      error += input.optimum_error;
    } else if (!std::isnan(input.planner_error)) {
      error += input.planner_error;
      for (std::size_t r = 0; r < result.regimes.size(); ++r)
        if (result.regimes[r].role == RegimeRole::kPlanner &&
            input.regimes[r].outcome[t] == TrialStatus::kSettled)
          optimum = std::fmax(optimum, last_of(input.regimes[r], t));
    }
    for (std::size_t r = 0; r < result.regimes.size(); ++r) {
      if (std::isnan(result.regimes[r].welfare[t])) continue;
      const double reached = last_of(input.regimes[r], t);
      if (reached - optimum > error * std::max(std::abs(optimum), std::abs(reached)))
        result.contradictions.push_back(fmt::format(
            "internal error, please report: {}, trial {} ended at welfare {}, above the "
            "optimum {}",
            result.regimes[r].name, t, reached, optimum));
    }
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

/// Why some of the prices are not known: "reason" of all, or "reason (3), reason (1)".
class Reasons {
 public:
  void add(const std::string& reason) { ++counts_[reason]; }
  std::string text() const {
    std::string text;
    for (const auto& [reason, count] : counts_)
      text += (text.empty() ? "" : ", ") +
              (counts_.size() == 1 ? reason : fmt::format("{} ({})", reason, count));
    return text;
  }

 private:
  std::map<std::string, std::int64_t> counts_;
};

AnarchyComparison compare(const RegimeEnd& equilibrium, const RegimeEnd& planner,
                          const PriceOfAnarchyResult& result) {
  AnarchyComparison pair;
  pair.equilibrium = equilibrium.name;
  pair.planner = planner.name;
  double lowest = kMissing, lowest_settled = kMissing;
  for (const double welfare : equilibrium.welfare) lowest = std::fmin(lowest, welfare);
  const std::string no_ratio = result.is_minus_cost ? "a cost is not above 0"
                               : lowest < 0.0       ? "payoffs are negative"
                                                    : "welfare is zero";
  Reasons reasons;
  std::int64_t known = 0, undefined = 0;
  for (std::size_t t = 0; t < equilibrium.welfare.size(); ++t) {
    const double anarchy = equilibrium.welfare[t], planned = planner.welfare[t];
    const bool is_bound = result.optimum[t] == Optimum::kAtLeast;
    pair.is_converged.push_back(equilibrium.is_settled[t] && !is_bound);
    if (std::isnan(anarchy)) continue;
    pair.ends += 1;
    pair.unconverged += !pair.is_converged.back();
    if (std::isnan(price_of(result.best_known[t], anarchy, result.is_minus_cost))) {
      reasons.add(no_ratio);
      ++undefined;
    } else if (!equilibrium.is_settled[t]) {
      reasons.add(equilibrium.name + " has not converged");
    } else if (is_bound) {
      reasons.add("the planner has not converged");
    } else {
      ++known;
    }
    if (equilibrium.is_settled[t]) lowest_settled = std::fmin(lowest_settled, anarchy);
    if (std::isnan(planned)) continue;
    pair.counted += 1;
    const bool is_of_costs = result.is_minus_cost && anarchy < 0.0 && planned < 0.0;
    pair.ratio_with_negative += planned != 0.0 && !is_of_costs && (anarchy < 0.0 || planned < 0.0);
  }
  pair.worst_price_of_anarchy =
      result.is_game_shared && result.optimum.front() != Optimum::kAtLeast
          ? price_of(result.best_known.front(), lowest_settled, result.is_minus_cost)
          : kMissing;
  if (pair.ends == 0)
    pair.price_of_anarchy_reason = "not defined: no trial counts";
  else if (known == 0)
    pair.price_of_anarchy_reason =
        (undefined > 0 ? "not defined: " : "not known: ") + reasons.text();
  else if (known < pair.ends)
    pair.price_of_anarchy_reason =
        fmt::format("{} in {} of {} trials; in the others {}", undefined > 0 ? "defined" : "known",
                    known, pair.ends, reasons.text());
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
    for (const double welfare : regime.welfare.values)
      result.welfare_scale = std::fmax(result.welfare_scale, std::abs(welfare));
  }

  const auto regime_at = [&](std::size_t r) {
    return StatisticAt{input, result, &input.regimes[r], &result.regimes[r]};
  };
  for (std::size_t r = 0; r < result.regimes.size(); ++r)
    measure(Scope::kRegime, regime_at(r), result);

  // 2. The best welfare that is known, and how often the planner found it.
  find_best(input, result);
  check_optima(input, result);
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
  if (!input.game_caveat.empty()) result.caveats.push_back({input.game_caveat, ""});
  return result;
}

}  // namespace gbid
