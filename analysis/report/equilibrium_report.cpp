// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/report/equilibrium_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/report/statistic_tables.hpp"
#include "engine/text/utf8.hpp"

namespace gbid {
namespace {

constexpr std::size_t kMostListed = 10;  // equilibria of a single game

/// Whether its ends that pass are known to be equilibria.
bool is_known(const CertifiedEnds& regime) {
  return regime.is_exact || regime.proved == regime.equilibria;
}

bool are_known(const EquilibriumResult& result) {
  return std::all_of(result.regimes.begin(), result.regimes.end(), is_known);
}

std::string ends_table(const PriceOfAnarchyResult& result) {
  std::vector<TextColumn> columns = {
      {"regime", false, {}},
      {"trials", true, {}},
      {are_known(result.equilibria) ? "equilibria" : "passed", true, {}}};
  std::vector<std::string> regimes;
  for (const CertifiedEnds& regime : result.equilibria.regimes) {
    regimes.push_back(regime.name);
    columns[0].cells.push_back(short_name(regime.name));
    columns[1].cells.push_back(std::to_string(regime.examined));
    columns[2].cells.push_back(std::to_string(regime.equilibria));
  }
  add_columns(result, Scope::kCertificate, false, regimes, columns);
  return text_table(columns);
}

/// One word of the same, for JSON.
std::string_view evidence_name(const CertifiedEnds& regime) {
  if (regime.equilibria == 0) return "none";
  if (regime.is_exact) return "exact";
  return is_known(regime) ? "proved" : "none found by search";
}

/// What the verdict on a regime's ends rests on; never more than a search has shown.
std::string evidence(const CertifiedEnds& regime) {
  if (regime.is_exact) return "at most (exact best responses)";
  if (is_known(regime)) return "at most (proved by bounds of all gains)";
  const std::string searched =
      regime.search_starts > 0
          ? fmt::format("none found by a search of {} starts an agent", regime.search_starts)
          : std::string("none found by a search");
  return regime.proved > 0 ? fmt::format(
                                 "({} proved by bounds of all gains; better responses of "
                                 "the others: {})",
                                 regime.proved, searched)
                           : fmt::format("(not proved; better responses: {})", searched);
}

std::string verdict(const CertifiedEnds& regime, double welfare_scale) {
  const std::string name = short_name(regime.name);
  if (regime.examined == 0) return fmt::format("{}: no end was examined", name);
  const std::string unconverged =
      regime.unconverged == 0
          ? ""
          : fmt::format("; {} of {} had not converged", regime.unconverged, regime.examined);
  if (regime.equilibria == 0)
    return fmt::format("{}: no end is an equilibrium{}", name, unconverged);
  return fmt::format("{}: {} of {} ends {} epsilon-equilibria, epsilon {} {}{}", name,
                     regime.equilibria, regime.examined, is_known(regime) ? "are" : "may be",
                     number_text(is_known(regime) && !regime.is_exact ? regime.largest_bound
                                                                      : regime.largest_epsilon,
                                 welfare_scale),
                     evidence(regime), unconverged);
}

/// Nothing where ends were not refined.
std::string refinement_note(const CertifiedEnds& regime, bool is_game_shared) {
  const RefinedEnds& refined = regime.refined;
  if (refined.ends == 0) return "";
  std::string best =
      is_game_shared ? fmt::format("; {} of them reached the best", refined.best_reached) : "";
  if (refined.starts > static_cast<double>(refined.ends))
    best += fmt::format("; of {:.0f} starts in all {:.0f} came to the best end of their trial",
                        refined.starts, refined.starts_reached);
  return wrapped(
      fmt::format("{}: after learning, agents moved to better responses: {} of {} ends came to "
                  "rest, {} in cycles, {} were still moving; {:.0f} moves in the median{}",
                  short_name(regime.name), refined.at_rest, refined.ends, refined.cycles,
                  refined.ends - refined.at_rest - refined.cycles, refined.median_moves, best),
      "  ", kReportWidth);
}

/// Nothing where every agent was examined.
std::string examined_note(const EquilibriumResult& result) {
  const auto part =
      std::find_if(result.regimes.begin(), result.regimes.end(),
                   [](const CertifiedEnds& each) { return each.examined_agents < each.agents; });
  if (part == result.regimes.end()) return "";
  return wrapped(
      fmt::format("{} of {} agents were examined: the gains of the others are not known, "
                  "and are in neither NashConv nor the largest gain",
                  part->examined_agents, part->agents),
      "  ", kReportWidth);
}

std::string games_section(const PriceOfAnarchyResult& all, std::string& definitions) {
  const EquilibriumResult& result = all.equilibria;
  std::int64_t games = 0, most = 0;
  for (const GameEquilibria& game : result.games) {
    games += !game.equilibria.empty();
    most = std::max(most, static_cast<std::int64_t>(game.equilibria.size()));
  }
  if (games == 0) return "";
  EstimateTable table;
  const std::vector<std::string> notes = add_estimates(all, Scope::kGame, "", table);
  std::string text =
      fmt::format("\nOver {} ({} of {} {}, up to {} distinct in one)\n",
                  are_known(result) ? "equilibria" : "ends that may be equilibria", games,
                  result.games.size(), result.games.size() == 1 ? "game" : "games", most);
  text += table.text();
  definitions += wrapped(
      "price of anarchy: best known / worst equilibrium found (of costs: its inverse); of "
      "stability: best known / best "
      "equilibrium found; the gaps are the differences. Worse equilibria and better optima may "
      "exist",
      "  ", kReportWidth);
  for (const std::string& note : notes) definitions += wrapped(note, "  ", kReportWidth);
  if (!std::isnan(result.theory_bound))
    text += wrapped(fmt::format("theory: the price of anarchy is at most {} ({})",
                                four_digits(result.theory_bound), printable(result.theory_source)),
                    "  ", kReportWidth);
  if (result.games.size() > 1) return text;
  const auto& equilibria = result.games.front().equilibria;
  for (std::size_t k = 0; k < std::min(equilibria.size(), kMostListed); ++k)
    text += fmt::format("  {} {}: welfare {}, reached {} {} ({}, trial {})\n",
                        are_known(result) ? "equilibrium" : "end", k + 1,
                        number_text(equilibria[k].welfare, all.welfare_scale),
                        equilibria[k].reached, equilibria[k].reached == 1 ? "time" : "times",
                        short_name(equilibria[k].regime), equilibria[k].trial);
  if (equilibria.size() > kMostListed)
    text += fmt::format("  and {} more\n", equilibria.size() - kMostListed);
  return text;
}

void write_game(JsonWriter& json, const GameEquilibria& game, const PriceOfAnarchyResult& all) {
  json.begin_object();
  json.member("first_trial", game.first_trial).member("trials", game.trials);
  json.member("optimum", game.optimum);
  json.key("price_of_anarchy_not_known");
  if (game.equilibria.empty())
    json.value("no end is an equilibrium");
  else if (game.bound == Optimum::kAtLeast)
    json.value("the planner has not converged");
  else
    json.null();
  for (const Measured* found : all.all_of(Scope::kGame))
    if (found->row->is_in(kJson))
      json.member(found->row->name, found->values[static_cast<std::size_t>(game.first_trial)]);
  json.key("equilibria").begin_array();
  for (const DistinctEquilibrium& found : game.equilibria) {
    json.begin_object();
    json.member("welfare", found.welfare).member("reached", found.reached);
    json.member("regime", found.regime).member("trial", found.trial);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

}  // namespace

std::string equilibrium_report(const PriceOfAnarchyResult& all, std::string& definitions) {
  const EquilibriumResult& result = all.equilibria;
  if (result.empty()) return "";
  const bool is_exact = std::all_of(result.regimes.begin(), result.regimes.end(),
                                    [](const CertifiedEnds& each) { return each.is_exact; });
  std::string text = fmt::format(
      "\nWhich ends {} equilibria (no agent {} more than {:.4g} of the mean |payoff|)\n",
      are_known(result) ? "are" : "may be", are_known(result) ? "gains" : "was found to gain",
      result.tolerance);
  text += ends_table(all);
  definitions += wrapped(
      fmt::format("NashConv: sum over agents of what the best response would gain; rel. gain: the "
                  "largest gain divided by the mean |payoff|, median and largest over trials; {}. "
                  "residual: norm of the projected pseudo-gradient; curvature: of own payoffs, "
                  "negative at strict maxima; both the largest over trials",
                  is_exact ? "best responses are exact"
                           : "best responses were searched for, so that gains are lower bounds"),
      "  ", kReportWidth);
  for (const std::string& note : column_notes(all, Scope::kCertificate, false))
    definitions += wrapped(note, "  ", kReportWidth);
  text += examined_note(result);
  for (const CertifiedEnds& regime : result.regimes)
    text += wrapped(verdict(regime, all.welfare_scale), "  ", kReportWidth) +
            refinement_note(regime, all.is_game_shared || all.trials_per_game >= all.trials);
  return text + games_section(all, definitions);
}

std::string certificate_report(const PriceOfAnarchyResult& result) {
  std::string text = wrapped(printable(result.title), "", kReportWidth);
  if (result.equilibria.empty()) return text + "No end was certified.\n";
  std::string definitions;
  text += equilibrium_report(result, definitions).substr(1);
  return text + "\nWhat the numbers mean\n" + definitions;
}

void write_equilibria(JsonWriter& json, const PriceOfAnarchyResult& all) {
  const EquilibriumResult& result = all.equilibria;
  json.begin_object();
  json.member("tolerance", result.tolerance);
  json.key("regimes").begin_array();
  for (const CertifiedEnds& regime : result.regimes) {
    json.begin_object();
    json.member("name", regime.name).member("is_competitive", regime.is_competitive);
    json.member("agents", regime.agents).member("examined_agents", regime.examined_agents);
    json.member("examined", regime.examined).member("equilibria", regime.equilibria);
    json.member("unconverged", regime.unconverged);
    json.member("is_exact", regime.is_exact);
    json.member("evidence", evidence_name(regime));
    json.member("proved", regime.proved).member("is_proved", regime.is_proved);
    json.member("search_starts", regime.search_starts);
    json.member("largest_bound", regime.largest_bound);
    if (regime.refined.ends > 0) {
      json.key("refined").begin_object();
      json.member("ends", regime.refined.ends).member("at_rest", regime.refined.at_rest);
      json.member("cycles", regime.refined.cycles);
      json.member("best_reached", regime.refined.best_reached);
      json.member("median_moves", regime.refined.median_moves);
      json.member("starts", regime.refined.starts);
      json.member("starts_reached", regime.refined.starts_reached);
      json.end_object();
    }
    json.member("largest_epsilon", regime.largest_epsilon);
    json.member("is_equilibrium", regime.is_equilibrium);
    write_statistics(json, all, Scope::kCertificate, regime.name);
    json.end_object();
  }
  json.end_array();
  write_statistics(json, all, Scope::kGame, "");
  json.member("theory_bound", result.theory_bound);
  json.member("theory_source", result.theory_source);
  json.key("games").begin_array();
  for (const GameEquilibria& game : result.games) write_game(json, game, all);
  json.end_array();
  json.end_object();
}

}  // namespace gbid
