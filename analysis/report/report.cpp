// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/report/report.hpp"

#include <fmt/format.h>

#include <cmath>

#include "analysis/report/equilibrium_report.hpp"
#include "analysis/report/estimate_json.hpp"
#include "engine/text/json_writer.hpp"
#include "engine/text/text_table.hpp"
#include "engine/text/utf8.hpp"

namespace gbid {
namespace {

constexpr std::size_t kWidth = 98;      // columns; a terminal of 100 keeps a margin
constexpr std::size_t kNameWidth = 24;  // longer regime names are clipped to keep the tables narrow

std::string short_name(const std::string& name) { return clipped(printable(name), kNameWidth); }

std::string header(const PriceOfAnarchyResult& result) {
  const std::string title =
      result.title.empty() ? "A run without a title" : printable(result.title);
  const std::string units =
      result.welfare_units == "1" ? "" : " in units of " + printable(result.welfare_units);
  const std::string about = fmt::format(
      "Seed {}, {} {} of {}. Welfare is {}{}: higher is better, averaged over the last {:.4g}% of "
      "each trial's record. Brackets are {:.4g}% bootstrap intervals over trials ({} resamples).",
      result.seed, result.trials, result.trials == 1 ? "trial" : "trials",
      result.is_game_shared ? std::string("one shared game")
      : result.trials_per_game > 1
          ? fmt::format("{} games, {} starts each", result.trials / result.trials_per_game,
                        result.trials_per_game)
          : "a separate game each",
      printable(result.welfare_name), units, 100.0 * result.config.window_share,
      100.0 * result.config.bootstrap.level, result.config.bootstrap.resamples);
  const std::string budget =
      result.budget == "steps"
          ? "Budget: equally many steps in every regime, for any number of agents that move in one."
      : result.budget == "updates_per_agent"
          ? "Budget: equally many updates for every agent in every regime."
          : "";
  return wrapped(title, "", kWidth) + wrapped(about, "", kWidth) +
         (budget.empty() ? "" : wrapped(budget, "", kWidth));
}

/// The four columns of an estimate: median and mean, each with its interval.
struct EstimateColumns {
  void add(const Estimate& found) {
    median.cells.push_back(found.count == 0 ? "-" : four_digits(found.median));
    median_interval.cells.push_back(
        bracketed(found.median_interval.low, found.median_interval.high));
    mean.cells.push_back(found.count == 0 ? "-" : four_digits(found.mean));
    mean_interval.cells.push_back(bracketed(found.mean_interval.low, found.mean_interval.high));
  }
  TextColumn median{"median", true, {}};
  TextColumn median_interval{"", false, {}};
  TextColumn mean{"mean", true, {}};
  TextColumn mean_interval{"", false, {}};
};

std::string ends_section(const PriceOfAnarchyResult& result) {
  TextColumn name{"regime", false, {}};
  TextColumn trials{"trials", true, {}};
  TextColumn settled{"settled", true, {}};
  EstimateColumns welfare;
  for (const RegimeEnd& regime : result.regimes) {
    name.cells.push_back(short_name(regime.name));
    trials.cells.push_back(std::to_string(regime.counted));
    settled.cells.push_back(std::to_string(regime.settled));
    welfare.add(regime.welfare_estimate);
  }
  return "\nWelfare where the regimes ended\n" +
         text_table({name, trials, settled, welfare.median, welfare.median_interval, welfare.mean,
                     welfare.mean_interval}) +
         wrapped(
             fmt::format("settled: welfare drifts by at most {:.4g} |welfare| over that window, "
                         "or the scenario's stopping rule was met",
                         result.config.settled_tolerance),
             "  ", kWidth);
}

std::string path_section(const PriceOfAnarchyResult& result) {
  TextColumn name{"regime", false, {}};
  TextColumn objective{"objective", false, {}};
  TextColumn schedule{"schedule", false, {}};
  TextColumn updates{"updates", true, {}};
  TextColumn moved{"drift", true, {}};
  TextColumn utility{"utility", true, {}};
  TextColumn density{"mask", true, {}};
  TextColumn dead{"dead", true, {}};
  for (const RegimeEnd& regime : result.regimes) {
    name.cells.push_back(short_name(regime.name));
    objective.cells.push_back(clipped(printable(regime.objective), kNameWidth));
    schedule.cells.push_back(clipped(printable(regime.schedule), kNameWidth));
    updates.cells.push_back(four_digits(median(regime.updates_per_agent)));
    moved.cells.push_back(four_digits(median(regime.drift)));
    utility.cells.push_back(four_digits(median(regime.mean_utility)));
    density.cells.push_back(four_digits(median(regime.mask_density)));
    dead.cells.push_back(four_digits(median(regime.dead_gradient_share)));
  }
  std::string legend = "drift: of welfare over the window";
  const auto explain = [&](const TextColumn& column, const char* meaning) {
    for (const std::string& cell : column.cells) {
      if (!cell.empty()) return void(legend += meaning);
    }
  };
  explain(updates, "; updates: per agent");
  explain(utility, "; utility: mean over agents");
  explain(density, "; mask: share of bids that pass the mask");
  explain(dead, "; dead: share of bids whose mask has no slope");
  return "\nHow they got there (medians over trials)\n" +
         text_table({name, objective, schedule, updates, moved, utility, density, dead}) +
         wrapped(legend, "  ", kWidth);
}

std::string best_section(const PriceOfAnarchyResult& result) {
  if (result.best_planner.empty()) return "";
  const std::string holder =
      result.is_game_shared
          ? fmt::format("{} ({}, trial {})", four_digits(result.best_known.front()),
                        short_name(result.best_regime), result.best_trial)
      : result.trials_per_game > 1 ? "the best end of each game"
                                   : "the best regime of each trial";
  const std::string found =
      fmt::format("Best known welfare: {}; {} of {} {} starts come within {:.4g}% of it", holder,
                  result.best_found, result.best_found_of, short_name(result.best_planner),
                  100.0 * result.config.optimum_tolerance);
  std::string text = "\n";
  text += wrapped(found, "", kWidth);
  return text;
}

std::string comparison_section(const AnarchyComparison& pair, bool is_minus_cost) {
  const std::string anarchy = short_name(pair.equilibrium);
  const std::string planner = short_name(pair.planner);
  TextColumn label{"", false, {}};
  EstimateColumns values;
  const auto add = [&](const std::string& what, const Estimate& found) {
    label.cells.push_back(what);
    values.add(found);
  };
  const bool has_price = pair.price_of_anarchy_estimate.count > 0;
  const bool has_divergence = pair.ranking_kl_estimate.count > 0;
  add("welfare gap", pair.gap_estimate);
  if (has_price) add("price of anarchy", pair.price_of_anarchy_estimate);
  add("ratio " + clipped(anarchy + "/" + planner, kNameWidth), pair.ratio_estimate);
  if (has_divergence) add("ranking divergence", pair.ranking_kl_estimate);

  std::string text = fmt::format("\n{} against {} ({} trials)\n", anarchy, planner, pair.counted);
  text +=
      text_table({label, values.median, values.median_interval, values.mean, values.mean_interval});
  if (!pair.price_of_anarchy_reason.empty()) {
    text += wrapped("price of anarchy: " + pair.price_of_anarchy_reason, "  ", kWidth);
  }
  if (!std::isnan(pair.worst_price_of_anarchy)) {
    text += wrapped(
        fmt::format(fmt::runtime(is_minus_cost
                                     ? "worst price of anarchy found, highest {} cost / best: {}"
                                     : "worst price of anarchy found, best known / lowest {}: {}"),
                    anarchy, four_digits(pair.worst_price_of_anarchy)),
        "  ", kWidth);
  }
  const auto explain = [&](const std::string& line) { text += wrapped(line, "  ", kWidth); };
  explain(fmt::format("welfare gap: best known - {} (0 is no loss)", anarchy));
  if (has_price && is_minus_cost)
    explain(
        fmt::format("price of anarchy: {} cost / best known cost (1 is no loss); welfare is "
                    "minus a cost",
                    anarchy));
  else if (has_price)
    explain(fmt::format("price of anarchy: best known / {} (1 is no loss)", anarchy));
  if (has_divergence) {
    explain(fmt::format("ranking divergence: KL({} || {}) of the final rankings, in nats", anarchy,
                        planner));
  }
  return text;
}

std::string_view role_name(RegimeRole role) {
  if (role == RegimeRole::kEquilibrium) return "equilibrium";
  return role == RegimeRole::kPlanner ? "planner" : "other";
}

void write_regime(JsonWriter& json, const RegimeEnd& regime) {
  json.begin_object();
  json.member("name", regime.name).member("objective", regime.objective);
  json.member("schedule", regime.schedule).member("role", role_name(regime.role));
  json.member("counted", regime.counted).member("settled", regime.settled);
  json.member("drift_unknown", regime.drift_unknown).member("stopped", regime.stopped);
  json.member("failed", regime.failed).member("not_started", regime.not_started);
  write_estimate(json, "welfare_estimate", regime.welfare_estimate);
  json.member("welfare", regime.welfare).member("drift", regime.drift);
  json.member("is_settled", regime.is_settled).member("mean_utility", regime.mean_utility);
  json.member("mask_density", regime.mask_density);
  json.member("dead_gradient_share", regime.dead_gradient_share);
  json.member("updates_per_agent", regime.updates_per_agent);
  json.end_object();
}

void write_comparison(JsonWriter& json, const AnarchyComparison& pair) {
  json.begin_object();
  json.member("equilibrium", pair.equilibrium).member("planner", pair.planner);
  json.member("counted", pair.counted);
  write_estimate(json, "welfare_gap_estimate", pair.gap_estimate);
  json.member("welfare_gap", pair.gap);
  json.key("price_of_anarchy_not_defined");
  pair.price_of_anarchy_reason.empty() ? json.null() : json.value(pair.price_of_anarchy_reason);
  write_estimate(json, "price_of_anarchy_estimate", pair.price_of_anarchy_estimate);
  json.member("price_of_anarchy", pair.price_of_anarchy);
  json.member("worst_price_of_anarchy", pair.worst_price_of_anarchy);
  json.member("ratio_with_negative", pair.ratio_with_negative);
  write_estimate(json, "ratio_equilibrium_to_planner_estimate", pair.ratio_estimate);
  json.member("ratio_equilibrium_to_planner", pair.ratio);
  write_estimate(json, "ranking_kl_estimate", pair.ranking_kl_estimate);
  json.member("ranking_kl", pair.ranking_kl);
  json.end_object();
}

void write_config(JsonWriter& json, const PriceOfAnarchyConfig& config) {
  json.key("config").begin_object();
  json.member("window_share", config.window_share);
  json.member("settled_tolerance", config.settled_tolerance);
  json.member("optimum_tolerance", config.optimum_tolerance);
  json.member("bootstrap_level", config.bootstrap.level);
  json.member("bootstrap_resamples", config.bootstrap.resamples);
  json.member("bootstrap_seed", config.bootstrap.seed);
  json.end_object();
}

}  // namespace

std::string text_report(const PriceOfAnarchyResult& result, const LearningSummary& learning) {
  std::string text = header(result) + text_report(learning) + ends_section(result) +
                     path_section(result) + best_section(result);
  for (const AnarchyComparison& pair : result.comparisons)
    text += comparison_section(pair, result.is_minus_cost);
  text += text_report(result.equilibria);
  if (!result.caveats.empty()) text += "\nBefore quoting these numbers\n";
  for (const std::string& caveat : result.caveats)
    text += wrapped(printable(caveat), "  - ", kWidth);
  return text;
}

std::string json_report(const PriceOfAnarchyResult& result, const LearningSummary& learning) {
  JsonWriter json;
  json.begin_object();
  json.member("version", 1).member("title", result.title).member("seed", result.seed);
  json.member("trials", result.trials).member("is_game_shared", result.is_game_shared);
  json.member("trials_per_game", result.trials_per_game);
  json.member("budget", result.budget);
  json.member("welfare_name", result.welfare_name).member("welfare_units", result.welfare_units);
  json.member("is_minus_cost", result.is_minus_cost);
  write_config(json, result.config);
  json.key("best").begin_object();
  json.member("welfare", result.best_known).member("regime", result.best_regime);
  json.member("trial", result.best_trial).member("planner", result.best_planner);
  json.member("found", result.best_found).member("found_of", result.best_found_of);
  json.end_object();
  json.key("regimes").begin_array();
  for (const RegimeEnd& regime : result.regimes) write_regime(json, regime);
  json.end_array();
  json.key("comparisons").begin_array();
  for (const AnarchyComparison& pair : result.comparisons) write_comparison(json, pair);
  json.end_array();
  if (!learning.empty()) write_json(json.key("learning"), learning);
  if (!result.equilibria.empty()) write_json(json.key("equilibria"), result.equilibria);
  json.key("caveats").begin_array();
  for (const std::string& caveat : result.caveats) json.value(caveat);
  json.end_array();
  json.end_object();
  return json.text() + "\n";
}

}  // namespace gbid
