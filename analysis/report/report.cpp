// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/report/report.hpp"

#include <fmt/format.h>

#include <cmath>

#include "analysis/report/equilibrium_report.hpp"
#include "analysis/report/statistic_tables.hpp"
#include "analysis/report/verdict.hpp"
#include "engine/text/utf8.hpp"

namespace gbid {
namespace {

std::string header(const PriceOfAnarchyResult& result) {
  const std::string title =
      result.title.empty() ? "A run without a title" : printable(result.title);
  return wrapped(title, "", kReportWidth);
}

/// What was played, and what its numbers are of.
std::string setting(const PriceOfAnarchyResult& result) {
  const std::string units =
      result.welfare_units == "1" ? "" : " in units of " + printable(result.welfare_units);
  const std::string about =
      fmt::format("Seed {}, {} {} of {}. Welfare is {}{}: higher is better.", result.seed,
                  result.trials, result.trials == 1 ? "trial" : "trials",
                  result.is_game_shared ? std::string("one shared game")
                  : result.trials_per_game > 1
                      ? fmt::format("{} games, {} starts each",
                                    result.trials / result.trials_per_game, result.trials_per_game)
                      : "a separate game each",
                  printable(result.welfare_name), units);
  return wrapped(about, "", kReportWidth);
}

void add_definition(const std::string& text, std::string& definitions) {
  definitions += wrapped(text, "  ", kReportWidth);
}

void add_general_definitions(const PriceOfAnarchyResult& result, std::string& definitions) {
  add_definition(
      fmt::format("welfare: averaged over the last {:.4g}% of each trial's record. Brackets are "
                  "{:.4g}% bootstrap intervals over trials ({} resamples)",
                  100.0 * result.config.window_share, 100.0 * result.config.bootstrap.level,
                  result.config.bootstrap.resamples),
      definitions);
  const std::string budget =
      result.budget == "steps"
          ? "budget: equally many steps in every regime, for any number of agents that move in one"
      : result.budget == "updates_per_agent"
          ? "budget: equally many updates for every agent in every regime, fewer where welfare "
            "settled earlier"
          : "";
  if (!budget.empty()) add_definition(budget, definitions);
  add_definition(
      "~0: below 1e-12 of the largest welfare recorded, or of 1; > 1e6: what the ratio "
      "is divided by nearly vanishes",
      definitions);
}

std::vector<std::string> names_of(const PriceOfAnarchyResult& result) {
  std::vector<std::string> names;
  for (const RegimeEnd& regime : result.regimes) names.push_back(regime.name);
  return names;
}

/// What readers of such a market look for first; empty where it records nothing of the kind.
std::string first_section(const PriceOfAnarchyResult& result, std::string& definitions) {
  std::vector<TextColumn> columns = {{"regime", false, {}}};
  for (const std::string& name : names_of(result)) columns[0].cells.push_back(short_name(name));
  add_columns(result, Scope::kRegime, true, names_of(result), columns);
  const std::vector<std::string> notes = column_notes(result, Scope::kRegime, true);
  if (notes.empty()) return "";
  for (const std::string& note : notes) add_definition(note, definitions);
  return "\nAt the end (medians over trials)\n" + text_table(columns);
}

std::string ends_section(const PriceOfAnarchyResult& result, std::string& definitions) {
  EstimateTable welfare("regime");
  TextColumn trials{"trials", true, {}};
  TextColumn settled{"settled", true, {}};
  for (const RegimeEnd& regime : result.regimes) {
    welfare.add(short_name(regime.name), result, result.of("welfare", regime.name));
    trials.cells.push_back(std::to_string(regime.counted));
    settled.cells.push_back(std::to_string(regime.settled));
  }
  add_definition(
      fmt::format("settled: welfare drifts by at most {:.4g} |welfare| over that window, "
                  "or the scenario's stopping rule was met",
                  result.config.settled_tolerance),
      definitions);
  return "\nWelfare where the regimes ended\n" + welfare.text({trials, settled});
}

std::string path_section(const PriceOfAnarchyResult& result, std::string& definitions) {
  std::vector<TextColumn> columns = {
      {"regime", false, {}}, {"objective", false, {}}, {"schedule", false, {}}};
  for (const RegimeEnd& regime : result.regimes) {
    columns[0].cells.push_back(short_name(regime.name));
    columns[1].cells.push_back(short_name(regime.objective));
    columns[2].cells.push_back(short_name(regime.schedule));
  }
  add_columns(result, Scope::kRegime, false, names_of(result), columns);
  add_definition(fmt::format("{}", fmt::join(column_notes(result, Scope::kRegime, false), "; ")),
                 definitions);
  return "\nHow they got there (medians over trials)\n" + text_table(columns);
}

std::string best_section(const PriceOfAnarchyResult& result) {
  if (result.best_planner.empty()) return "";
  const bool is_known = result.optimum.front() == Optimum::kClosedForm;
  const auto best = [&] { return number_text(result.best_known.front(), result.welfare_scale); };
  const std::string holder =
      is_known && result.is_game_shared ? best() + ", the optimum in closed form"
      : is_known                        ? "the optimum of each game in closed form"
      : result.is_game_shared           ? fmt::format("{} ({}, trial {})", best(),
                                                      short_name(result.best_regime), result.best_trial)
      : result.trials_per_game > 1      ? "the best end of each game"
                                        : "the best regime of each trial";
  const std::string found =
      fmt::format("Best known welfare: {}; {} of {} {} starts come within {:.4g}% of it", holder,
                  result.best_found, result.best_found_of, short_name(result.best_planner),
                  100.0 * result.config.optimum_tolerance);
  return "\n" + wrapped(found, "", kReportWidth);
}

std::string comparison_section(const AnarchyComparison& pair, const PriceOfAnarchyResult& result,
                               std::string& definitions) {
  const std::string anarchy = short_name(pair.equilibrium);
  const std::string planner = short_name(pair.planner);
  EstimateTable table;
  for (const std::string& note : add_estimates(result, Scope::kComparison, pair.equilibrium, table))
    add_definition(note, definitions);
  std::string text =
      fmt::format("\n{} against {} ({} trials)\n", anarchy, planner, pair.counted) + table.text();
  if (!pair.price_of_anarchy_reason.empty()) {
    text += wrapped("price of anarchy: " + pair.price_of_anarchy_reason, "  ", kReportWidth);
  }
  if (!std::isnan(pair.worst_price_of_anarchy)) {
    text += wrapped(
        fmt::format(fmt::runtime(result.is_minus_cost
                                     ? "worst price of anarchy found, highest {} cost / best: {}"
                                     : "worst price of anarchy found, best known / lowest {}: {}"),
                    anarchy,
                    number_text(result, *result.of("price_of_anarchy", pair.equilibrium).row,
                                pair.worst_price_of_anarchy)),
        "  ", kReportWidth);
  }
  return text;
}

std::string caveats_section(const PriceOfAnarchyResult& result) {
  std::string text;
  for (const Caveat& caveat : result.caveats) {
    text += wrapped(printable(caveat.text), "  - ", kReportWidth);
    if (!caveat.cure.empty()) text += wrapped(printable(caveat.cure), "    -> ", kReportWidth);
  }
  return text.empty() ? "" : "\nBefore quoting these numbers (->: what helps)\n" + text;
}

std::string_view name_of(Optimum optimum) {
  switch (optimum) {
    case Optimum::kClosedForm:
      return "closed_form";
    case Optimum::kConverged:
      return "converged";
    case Optimum::kAtLeast:
      return "at_least";
    case Optimum::kNone:
      break;
  }
  return "none";
}

std::string_view role_name(RegimeRole role) {
  if (role == RegimeRole::kEquilibrium) return "equilibrium";
  return role == RegimeRole::kPlanner ? "planner" : "other";
}

void write_regime(JsonWriter& json, const RegimeEnd& regime, const PriceOfAnarchyResult& result) {
  json.begin_object();
  json.member("name", regime.name).member("objective", regime.objective);
  json.member("schedule", regime.schedule).member("role", role_name(regime.role));
  json.member("counted", regime.counted).member("settled", regime.settled);
  json.member("drift_unknown", regime.drift_unknown).member("stopped", regime.stopped);
  json.member("failed", regime.failed).member("not_started", regime.not_started);
  json.member("is_settled", regime.is_settled);
  write_statistics(json, result, Scope::kRegime, regime.name);
  json.end_object();
}

void write_comparison(JsonWriter& json, const AnarchyComparison& pair,
                      const PriceOfAnarchyResult& result) {
  json.begin_object();
  json.member("equilibrium", pair.equilibrium).member("planner", pair.planner);
  json.member("counted", pair.counted);
  json.member("is_converged", pair.is_converged).member("unconverged", pair.unconverged);
  json.key("price_of_anarchy_not_defined");
  pair.price_of_anarchy_reason.empty() ? json.null() : json.value(pair.price_of_anarchy_reason);
  json.member("worst_price_of_anarchy", pair.worst_price_of_anarchy);
  json.member("ratio_with_negative", pair.ratio_with_negative);
  write_statistics(json, result, Scope::kComparison, pair.equilibrium);
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

std::string text_report(const PriceOfAnarchyResult& result, const LearningSummary& learning,
                        bool is_explained) {
  std::string definitions;
  add_general_definitions(result, definitions);
  std::string text = header(result) + text_of(verdicts_of(result, learning)) + "\n" +
                     setting(result) + text_report(learning) + first_section(result, definitions) +
                     ends_section(result, definitions) + path_section(result, definitions) +
                     best_section(result);
  for (const AnarchyComparison& pair : result.comparisons)
    text += comparison_section(pair, result, definitions);
  text += equilibrium_report(result, definitions) + caveats_section(result);
  return is_explained ? text + "\nWhat the numbers mean\n" + definitions : text;
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
  json.key("optimum").begin_array();
  for (const Optimum each : result.optimum) json.value(name_of(each));
  json.end_array();
  json.end_object();
  json.key("regimes").begin_array();
  for (const RegimeEnd& regime : result.regimes) write_regime(json, regime, result);
  json.end_array();
  json.key("comparisons").begin_array();
  for (const AnarchyComparison& pair : result.comparisons) write_comparison(json, pair, result);
  json.end_array();
  if (!learning.empty()) write_json(json.key("learning"), learning);
  if (!result.equilibria.empty()) write_equilibria(json.key("equilibria"), result);
  json.key("caveats").begin_array();
  for (const Caveat& caveat : result.caveats) json.value(caveat.text);
  json.end_array();
  json.key("cures").begin_array();
  for (const Caveat& caveat : result.caveats) json.value(caveat.cure);
  json.end_array();
  write_verdicts(json, result, learning);
  json.end_object();
  return json.text() + "\n";
}

}  // namespace gbid
