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

std::string ends_table(const PriceOfAnarchyResult& result) {
  std::vector<TextColumn> columns = {
      {"regime", false, {}}, {"trials", true, {}}, {"equilibria", true, {}}};
  std::vector<std::string> regimes;
  for (const CertifiedEnds& regime : result.equilibria.regimes) {
    regimes.push_back(regime.name);
    columns[0].cells.push_back(short_name(regime.name));
    columns[1].cells.push_back(std::to_string(regime.examined));
    columns[2].cells.push_back(std::to_string(regime.equilibria));
  }
  add_columns(result, Scope::kCertificate, regimes, columns);
  return text_table(columns);
}

std::string verdict(const CertifiedEnds& regime) {
  const std::string name = short_name(regime.name);
  if (regime.examined == 0) return fmt::format("{}: no end was examined", name);
  const std::string unconverged =
      regime.unconverged == 0
          ? ""
          : fmt::format("; {} of {} had not converged", regime.unconverged, regime.examined);
  if (regime.equilibria == 0)
    return fmt::format("{}: no end is an equilibrium{}", name, unconverged);
  return fmt::format("{}: {} of {} ends are epsilon-equilibria, epsilon {} {}{}", name,
                     regime.equilibria, regime.examined, four_digits(regime.largest_epsilon),
                     regime.is_exact ? "at most (exact best responses)"
                                     : "as far as a search for better responses found",
                     unconverged);
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

std::string games_section(const PriceOfAnarchyResult& all) {
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
      fmt::format("\nOver equilibria ({} of {} {}, up to {} distinct in one)\n", games,
                  result.games.size(), result.games.size() == 1 ? "game" : "games", most);
  text += table.text();
  text += wrapped(
      "price of anarchy: best known / worst equilibrium found (of costs: its inverse); of "
      "stability: best known / best "
      "equilibrium found; the gaps are the differences. Worse equilibria and better optima may "
      "exist",
      "  ", kReportWidth);
  for (const std::string& note : notes) text += wrapped(note, "  ", kReportWidth);
  if (!std::isnan(result.theory_bound))
    text += wrapped(fmt::format("theory: the price of anarchy is at most {} ({})",
                                four_digits(result.theory_bound), printable(result.theory_source)),
                    "  ", kReportWidth);
  if (result.games.size() > 1) return text;
  const auto& equilibria = result.games.front().equilibria;
  for (std::size_t k = 0; k < std::min(equilibria.size(), kMostListed); ++k)
    text += fmt::format("  equilibrium {}: welfare {}, reached {} {} ({}, trial {})\n", k + 1,
                        four_digits(equilibria[k].welfare), equilibria[k].reached,
                        equilibria[k].reached == 1 ? "time" : "times",
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

std::string equilibrium_report(const PriceOfAnarchyResult& all) {
  const EquilibriumResult& result = all.equilibria;
  if (result.empty()) return "";
  std::string text = fmt::format(
      "\nWhich ends are equilibria (no agent gains more than {:.4g} of the mean |payoff|)\n",
      result.tolerance);
  text += ends_table(all);
  const bool is_exact = std::all_of(result.regimes.begin(), result.regimes.end(),
                                    [](const CertifiedEnds& each) { return each.is_exact; });
  text += wrapped(
      fmt::format("NashConv: sum over agents of what the best response would gain; rel. gain: the "
                  "largest gain divided by the mean |payoff|, median and largest over trials; {}. "
                  "residual: norm of the projected pseudo-gradient; curvature: of own payoffs, "
                  "negative at strict maxima; both the largest over trials",
                  is_exact ? "best responses are exact"
                           : "best responses were searched for, so that gains are lower bounds"),
      "  ", kReportWidth);
  for (const std::string& note : column_notes(all, Scope::kCertificate))
    text += wrapped(note, "  ", kReportWidth);
  text += examined_note(result);
  for (const CertifiedEnds& regime : result.regimes)
    text += wrapped(verdict(regime), "  ", kReportWidth);
  return text + games_section(all);
}

std::string certificate_report(const PriceOfAnarchyResult& result) {
  std::string text = wrapped(printable(result.title), "", kReportWidth);
  if (result.equilibria.empty()) return text + "No end was certified.\n";
  return text + equilibrium_report(result).substr(1);
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
