// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/statistic_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/price_of_anarchy.hpp"
#include "engine/text/utf8.hpp"

namespace gbid {
namespace {

/// Recorded scalars are in the tables of a sweep by themselves, with or without a row here.
constexpr unsigned kNotInSweeps = kText | kJson | kSummary;

/// Mean of a recorded variable over the last window.
double window_mean(const StatisticAt& at, std::string_view variable) {
  const NumberTable& table = at.record->over_steps(variable);
  if (table.empty()) return kMissing;
  const Window window = at.end->window[at.trial];
  return mean(table.row(static_cast<std::int64_t>(at.trial))
                  .subspan(window.begin, window.end - window.begin));
}

/// A recorded variable where welfare ends.
double last_record(const StatisticAt& at, std::string_view variable) {
  const NumberTable& table = at.record->over_steps(variable);
  const std::size_t end = at.end->window[at.trial].end;
  return table.empty() || end == 0 ? kMissing
                                   : table.row(static_cast<std::int64_t>(at.trial))[end - 1];
}

double updates_per_agent(const StatisticAt& at) {
  const NumberTable& updates = at.record->last_of("updates");
  return updates.empty() ? kMissing : mean(updates.row(static_cast<std::int64_t>(at.trial)));
}

/// Best known / equilibrium welfare of an end that has settled, if the best known is of this kind.
double price(const StatisticAt& at, bool is_bound) {
  if (!at.end->is_settled[at.trial] ||
      (at.result.optimum[at.trial] == Optimum::kAtLeast) != is_bound)
    return kMissing;
  return price_of(at.result.best_known[at.trial], at.end->welfare[at.trial],
                  at.result.is_minus_cost);
}

double ratio(const StatisticAt& at) {
  const double planned = at.planner->welfare[at.trial];
  return planned == 0.0 ? kMissing : at.end->welfare[at.trial] / planned;
}

double ranking_kl(const StatisticAt& at) {
  const NumberTable& p = at.record->last_of("ranking");
  const NumberTable& q = at.planner_record->last_of("ranking");
  if (std::isnan(at.planner->welfare[at.trial]) || p.empty() || q.empty()) return kMissing;
  const auto trial = static_cast<std::int64_t>(at.trial);
  return ranking_divergence(p.row(trial), q.row(trial));
}

/// What a trial recorded of its agents at its end; empty where it did not.
std::span<const double> last_of_agents(const StatisticAt& at, std::string_view variable) {
  const NumberTable& table = at.record->last_of(variable);
  return table.empty() ? std::span<const double>() : table.row(static_cast<std::int64_t>(at.trial));
}

double largest_of_agents(const StatisticAt& at, std::string_view variable) {
  double largest = kMissing;
  for (const double value : last_of_agents(at, variable)) largest = std::fmax(largest, value);
  return largest;
}

double mean_of_agents(const StatisticAt& at, std::string_view variable) {
  return mean(last_of_agents(at, variable));
}

using Attributes = std::map<std::string, std::string>;

/// The one of that regime.
template <class T>
const T& of_regime(const std::vector<T>& all, std::string T::*name, const std::string& regime) {
  return *std::find_if(all.begin(), all.end(), [&](const T& each) { return each.*name == regime; });
}

Attributes objective(const PriceOfAnarchyResult& result, const Measured& found) {
  return {{"objective", of_regime(result.regimes, &RegimeEnd::name, found.regime).objective}};
}

Attributes undefined_price(const PriceOfAnarchyResult& result, const Measured& found) {
  const AnarchyComparison& pair =
      of_regime(result.comparisons, &AnarchyComparison::equilibrium, found.regime);
  if (pair.price_of_anarchy_reason.empty()) return {};
  return {{"not_defined", pair.price_of_anarchy_reason}};
}

Attributes unconverged_gap(const PriceOfAnarchyResult& result, const Measured& found) {
  const std::string what = unconverged_ends(result, found);
  return what.empty() ? Attributes{} : Attributes{{"not_converged", what}};
}

Attributes negative_ratio(const PriceOfAnarchyResult& result, const Measured& found) {
  const AnarchyComparison& pair =
      of_regime(result.comparisons, &AnarchyComparison::equilibrium, found.regime);
  if (pair.ratio_with_negative == 0) return {};
  return {{"caveat", "divides negative welfare: not a price of anarchy"}};
}

Attributes best_responses(const PriceOfAnarchyResult& result, const Measured& found) {
  const CertifiedEnds& ends =
      of_regime(result.equilibria.regimes, &CertifiedEnds::name, found.regime);
  return {{"best_responses", ends.is_exact ? "exact" : "lower bounds"}};
}

const StatisticRow kTable[] = {
    // What the readers of some markets look for first: auctions, routing, games with known
    // equilibria. Recorded numbers of a trial are in the tables of a sweep by themselves.
    {.name = "bid_distance",
     .compute = [](const StatisticAt& at) { return largest_of_agents(at, "l2_distance"); },
     .label = "bid distance",
     .units = "{units}",
     .help = "root mean square distance of bids to the nearest known equilibrium, largest of any "
             "agent",
     .last = {"l2_distance"},
     .outputs = kEverywhere | kFirst,
     .verdict = "bids end {value} from the known equilibrium (root mean square)"},
    {.name = "largest_utility_loss",
     .compute = [](const StatisticAt& at) { return largest_of_agents(at, "utility_loss"); },
     .label = "utility loss",
     .units = "{units}",
     .help = "utility of the best response above utility, largest of any agent",
     .last = {"utility_loss"},
     .outputs = kEverywhere | kFirst,
     .verdict = "no agent loses more than {value} by not bidding its best response"},
    {.name = "revenue",
     .compute = [](const StatisticAt& at) { return window_mean(at, "revenue"); },
     .label = "revenue",
     .units = "{units}",
     .help = "expected payments",
     .series = {"revenue"},
     .outputs = kNotInSweeps | kFirst},
    {.name = "efficiency",
     .compute = [](const StatisticAt& at) { return window_mean(at, "efficiency"); },
     .label = "efficiency",
     .help = "surplus divided by the highest that any allocation could have",
     .series = {"efficiency"},
     .outputs = kNotInSweeps | kFirst},
    {.name = "total_travel_time",
     .compute = [](const StatisticAt& at) { return window_mean(at, "total_travel_time"); },
     .label = "travel time",
     .units = "{units}",
     .help = "total: flow times cost, summed over all links",
     .series = {"total_travel_time"},
     .outputs = kNotInSweeps | kEstimates | kFirst,
     .verdict = "total travel time is {value}"},
    {.name = "relative_gap",
     .compute = [](const StatisticAt& at) { return last_record(at, "relative_gap"); },
     .label = "gap",
     .help = "share of total cost that trips could still save at the costs that the regime goes "
             "by, at the last record",
     .series = {"relative_gap"},
     .outputs = kNotInSweeps | kFirst},
    {.name = "distance_to_equilibrium",
     .compute = [](const StatisticAt& at) { return last_record(at, "distance_to_equilibrium"); },
     .label = "distance",
     .help = "largest distance of a strategy from the known equilibrium, at the last record",
     .series = {"distance_to_equilibrium"},
     .outputs = kNotInSweeps | kEstimates | kFirst,
     .verdict = "strategies end {value} from the known equilibrium"},
    {.name = "mean_strategy",
     .compute = [](const StatisticAt& at) { return mean_of_agents(at, "strategy"); },
     .label = "strategy",
     .help = "mean over agents at the end",
     .last = {"strategy"},
     .outputs = kEverywhere | kFirst},
    {.name = "mean_known_strategy",
     .compute = [](const StatisticAt& at) { return mean_of_agents(at, "known_equilibrium"); },
     .label = "known",
     .help = "mean strategy of the known equilibrium",
     .last = {"known_equilibrium"},
     .outputs = kEverywhere | kFirst},

    // Where a regime ended. Its welfare has a section of its own in the text report.
    {.name = "welfare",
     .compute = [](const StatisticAt& at) { return at.end->welfare[at.trial]; },
     .label = "welfare",
     .units = "{units}",
     .help = "{welfare} at the end",
     .outputs = (kEverywhere & ~kText) | kSummaryIfMissing,
     .attributes = objective},
    {.name = "updates_per_agent",
     .compute = updates_per_agent,
     .label = "updates",
     .help = "updates per agent at the end",
     .last = {"updates"},
     .outputs = kNotInSweeps,
     .note = "per agent"},
    {.name = "drift",
     .compute = [](const StatisticAt& at) { return at.end->drift[at.trial]; },
     .label = "drift",
     .units = "{units}",
     .help = "drift of welfare over the last window",
     .outputs = kNotInSweeps | kSweepRows | kTextIfMissing | kSummaryIfMissing,
     .note = "of welfare over the window"},
    {.name = "mean_utility",
     .compute = [](const StatisticAt& at) { return window_mean(at, "mean_utility"); },
     .label = "utility",
     .help = "mean utility at the end",
     .series = {"mean_utility"},
     .outputs = kNotInSweeps,
     .note = "mean over agents"},
    {.name = "mask_density",
     .compute = [](const StatisticAt& at) { return window_mean(at, "mask_density"); },
     .label = "mask",
     .help = "share of bids that pass the mask at the end",
     .series = {"mask_density"},
     .outputs = kNotInSweeps,
     .note = "share of bids that pass the mask"},
    {.name = "dead_gradient_share",
     .compute = [](const StatisticAt& at) { return window_mean(at, "dead_gradient_share"); },
     .label = "dead",
     .help = "share of bids whose mask has zero gradient at the end",
     .series = {"dead_gradient_share"},
     .outputs = kNotInSweeps,
     .note = "share of bids whose mask has zero gradient"},

    // An equilibrium regime beside the best planner.
    {.scope = Scope::kComparison,
     .name = "price_of_anarchy",
     .compute = [](const StatisticAt& at) { return price(at, false); },
     .is_ratio = true,
     .label = "price of anarchy",
     .help = "best known welfare / {regime} welfare, 1 is no loss",
     .outputs = kEverywhere | kSummaryIfMissing,
     .note = "best known / {regime} (1 is no loss)",
     .cost_note = "{regime} cost / best known cost (1 is no loss); welfare is minus a cost",
     .cost_help = "{regime} cost / best known cost, 1 is no loss",
     .sweep_help = "best known welfare / {regime} welfare (of costs: its inverse), 1 is no loss",
     .attributes = undefined_price},
    {.scope = Scope::kComparison,
     .name = "price_of_anarchy_at_least",
     .compute = [](const StatisticAt& at) { return price(at, true); },
     .is_ratio = true,
     .label = "price of anarchy, at least",
     .help = "lower bound of the price of anarchy of {regime}, where the planner has not converged",
     .note = "the planner has not converged: a lower bound"},
    {.scope = Scope::kComparison,
     .name = "welfare_gap",
     .compute =
         [](const StatisticAt& at) {
           return at.result.best_known[at.trial] - at.end->welfare[at.trial];
         },
     .label = "welfare gap{unconverged}",
     .units = "{units}",
     .help = "best known welfare - {regime} welfare, 0 is no loss",
     .outputs = kEverywhere | kTextIfMissing | kSummaryIfMissing,
     .place = -1,
     .note = "best known - {regime} (0 is no loss)",
     .attributes = unconverged_gap},
    {.scope = Scope::kComparison,
     .name = "ratio_equilibrium_to_planner",
     .compute = ratio,
     .is_ratio = true,
     .label = "ratio {pair}",
     .help = "{regime} welfare / {planner} welfare",
     .outputs = kNotInSweeps | kEstimates | kTextIfMissing | kSummaryIfMissing,
     .note = kNoNote,
     .variable = "ratio_{regime}_to_{planner}",
     .attributes = negative_ratio},
    {.scope = Scope::kComparison,
     .name = "ranking_kl",
     .compute = ranking_kl,
     .label = "ranking divergence",
     .units = "nat",
     .help = "KL({regime} || {planner}) of the final rankings",
     .last = {"ranking"},
     .outputs = kNotInSweeps | kEstimates,
     .note = "KL({regime} || {planner}) of the final rankings, in nats"},

    // The certificate of an end; one paragraph of the text report explains all four columns.
    {.scope = Scope::kCertificate,
     .name = "epsilon",
     .compute = [](const StatisticAt& at) { return at.certificate->epsilon[at.trial]; },
     .label = "epsilon",
     .units = "{units}",
     .help = "largest gain of any agent by its best response found",
     .outputs = kJson | kSummary | kSummaryIfMissing,
     .attributes = best_responses},
    {.scope = Scope::kCertificate,
     .name = "nash_conv",
     .compute = [](const StatisticAt& at) { return at.certificate->nash_conv[at.trial]; },
     .label = "NashConv",
     .units = "{units}",
     .help = "sum over agents of what the best response would gain",
     .outputs = kText | kJson | kEstimates,
     .column = kMedian | kMedianInterval,
     .note = kNoNote},
    {.scope = Scope::kCertificate,
     .name = "relative_gain",
     .compute = [](const StatisticAt& at) { return at.certificate->relative_gain[at.trial]; },
     .is_ratio = true,
     .label = "rel. gain",
     .help = "that gain divided by the mean absolute payoff",
     .outputs = kNotInSweeps | kEstimates | kSummaryIfMissing,
     .column = kMedian | kLargest,
     .note = kNoNote,
     .variable = "relative_epsilon_{regime}"},
    {.scope = Scope::kCertificate,
     .name = "residual",
     .compute = [](const StatisticAt& at) { return at.certificate->residual[at.trial]; },
     .label = "residual",
     .units = "{units}",
     .help = "norm of the projected pseudo-gradient",
     .outputs = kText | kJson,
     .column = kLargest,
     .note = kNoNote},
    {.scope = Scope::kCertificate,
     .name = "curvature",
     .compute = [](const StatisticAt& at) { return at.certificate->curvature[at.trial]; },
     .label = "curvature",
     .units = "{units}",
     .help = "largest curvature of own payoffs",
     .outputs = kText | kJson,
     .column = kLargest,
     .note = kNoNote},

    // A game's certified equilibria; one paragraph explains them, too.
    {.scope = Scope::kGame,
     .name = "price_of_anarchy",
     .compute = [](const StatisticAt& at) { return at.game->price_of_anarchy; },
     .is_ratio = true,
     .label = "price of anarchy",
     .help = "best known welfare / worst equilibrium of the game",
     .outputs = kNotInSweeps | kEstimates,
     .note = kNoNote},
    {.scope = Scope::kGame,
     .name = "price_of_anarchy_at_least",
     .compute = [](const StatisticAt& at) { return at.game->price_of_anarchy_at_least; },
     .is_ratio = true,
     .label = "price of anarchy, at least",
     .help = "lower bound of the price of anarchy of the game, where the planner has not converged",
     .outputs = kNotInSweeps | kEstimates,
     .note = kNoNote},
    {.scope = Scope::kGame,
     .name = "price_of_stability",
     .compute = [](const StatisticAt& at) { return at.game->price_of_stability; },
     .is_ratio = true,
     .label = "price of stability",
     .help = "best known welfare / best equilibrium of the game",
     .outputs = kNotInSweeps | kEstimates,
     .note = kNoNote},
    {.scope = Scope::kGame,
     .name = "price_of_stability_at_least",
     .compute = [](const StatisticAt& at) { return at.game->price_of_stability_at_least; },
     .is_ratio = true,
     .label = "price of stability, at least",
     .help = "the same of the price of stability",
     .outputs = kNotInSweeps | kEstimates,
     .note = kNoNote},
    {.scope = Scope::kGame,
     .name = "anarchy_gap",
     .compute = [](const StatisticAt& at) { return at.game->anarchy_gap; },
     .label = "gap to worst equilibrium{unconverged}",
     .units = "{units}",
     .help = "best known welfare - worst equilibrium of the game",
     .outputs = kNotInSweeps | kEstimates,
     .note = kNoNote},
    {.scope = Scope::kGame,
     .name = "stability_gap",
     .compute = [](const StatisticAt& at) { return at.game->stability_gap; },
     .label = "gap to best equilibrium{unconverged}",
     .units = "{units}",
     .help = "best known welfare - best equilibrium of the game",
     .outputs = kNotInSweeps | kEstimates,
     .note = kNoNote},
};

/// The values of one row over trials, and an estimate over what they are values of.
Measured measured(const StatisticRow& row, StatisticAt at) {
  const PriceOfAnarchyResult& result = at.result;
  Measured found{&row, at.end ? at.end->name : "", at.planner ? at.planner->name : "", {}, {}};
  found.values.assign(static_cast<std::size_t>(result.trials), kMissing);
  std::vector<double> over_games;
  if (row.scope == Scope::kGame) {
    for (const GameEquilibria& game : result.equilibria.games) {
      at.game = &game;
      at.trial = static_cast<std::size_t>(game.first_trial);
      over_games.push_back(row.compute(at));
      std::fill_n(found.values.begin() + game.first_trial, game.trials, over_games.back());
    }
  } else {
    for (at.trial = 0; at.trial < found.values.size(); ++at.trial)
      if (!std::isnan(at.end->welfare[at.trial])) found.values[at.trial] = row.compute(at);
  }
  if (row.is_in(kEstimates))
    found.estimate =
        estimate(row.scope == Scope::kGame ? over_games : found.values, result.config.bootstrap);
  return found;
}

}  // namespace

std::span<const StatisticRow> statistic_table() { return kTable; }

bool Measured::is_known() const {
  return std::any_of(values.begin(), values.end(), [](double value) { return !std::isnan(value); });
}

std::string filled(std::string_view text, const StatisticWords& words) {
  return fmt::format(
      fmt::runtime(text), fmt::arg("regime", words.regime), fmt::arg("planner", words.planner),
      fmt::arg("welfare", words.welfare), fmt::arg("units", words.units),
      fmt::arg("unconverged", words.unconverged.empty() ? "" : ", " + words.unconverged),
      fmt::arg("pair", clipped(words.regime + "/" + words.planner, words.pair_width)));
}

std::string unconverged_ends(const PriceOfAnarchyResult& result, const Measured& found) {
  if (found.row->scope == Scope::kGame) {
    const auto& games = result.equilibria.games;
    const auto bounds = std::count_if(games.begin(), games.end(), [](const GameEquilibria& game) {
      return game.bound == Optimum::kAtLeast;
    });
    return bounds == 0 ? "" : fmt::format("at least in {} of {}", bounds, games.size());
  }
  const AnarchyComparison& pair =
      of_regime(result.comparisons, &AnarchyComparison::equilibrium, found.regime);
  return pair.unconverged == 0 ? ""
                               : fmt::format("{} of {} not converged", pair.unconverged, pair.ends);
}

std::string statistic_name(const StatisticRow& row, const std::string& regime, bool is_suffixed) {
  if (row.scope == Scope::kGame) return fmt::format("equilibrium_{}", row.name);
  if (row.scope == Scope::kComparison && !is_suffixed) return std::string(row.name);
  return fmt::format("{}_{}", row.name, regime);
}

void measure(Scope scope, StatisticAt at, PriceOfAnarchyResult& result) {
  for (const StatisticRow& row : result.config.statistics)
    if (row.scope == scope) result.measured.push_back(measured(row, at));
}

}  // namespace gbid
