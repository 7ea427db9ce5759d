// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/report/equilibrium_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/price_of_anarchy.hpp"
#include "analysis/report/estimate_json.hpp"
#include "engine/text/text_table.hpp"
#include "engine/text/utf8.hpp"

namespace gbid {
namespace {

constexpr std::size_t kWidth = 98;
constexpr std::size_t kNameWidth = 24;
constexpr std::size_t kMostListed = 10;  // equilibria of a single game

std::string short_name(const std::string& name) { return clipped(printable(name), kNameWidth); }

double largest(const std::vector<double>& values) {
  double top = std::nan("");
  for (const double value : values) top = std::fmax(top, value);
  return top;
}

std::string ends_table(const EquilibriumResult& result) {
  TextColumn name{"regime", false, {}}, examined{"trials", true, {}}, found{"equilibria", true, {}};
  TextColumn conv{"NashConv", true, {}}, conv_interval{"", false, {}};
  TextColumn gain{"rel. gain", true, {}}, worst{"largest", true, {}};
  TextColumn residual{"residual", true, {}};
  TextColumn curvature{"curvature", true, {}};
  for (const CertifiedEnds& regime : result.regimes) {
    name.cells.push_back(short_name(regime.name));
    examined.cells.push_back(std::to_string(regime.examined));
    found.cells.push_back(std::to_string(regime.equilibria));
    conv.cells.push_back(four_digits(regime.nash_conv_estimate.median));
    conv_interval.cells.push_back(bracketed(regime.nash_conv_estimate.median_interval.low,
                                            regime.nash_conv_estimate.median_interval.high));
    gain.cells.push_back(four_digits(regime.relative_gain_estimate.median));
    worst.cells.push_back(four_digits(largest(regime.relative_gain)));
    residual.cells.push_back(four_digits(largest(regime.residual)));
    curvature.cells.push_back(four_digits(largest(regime.curvature)));
  }
  return text_table({name, examined, found, conv, conv_interval, gain, worst, residual, curvature});
}

std::string verdict(const CertifiedEnds& regime) {
  const std::string name = short_name(regime.name);
  if (regime.examined == 0) return fmt::format("{}: no end was examined", name);
  if (regime.equilibria == 0) return fmt::format("{}: no end is an equilibrium", name);
  return fmt::format("{}: {} of {} ends are epsilon-equilibria, epsilon {} {}", name,
                     regime.equilibria, regime.examined, four_digits(regime.largest_epsilon),
                     regime.is_exact ? "at most (exact best responses)"
                                     : "as far as a search for better responses found");
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
      "  ", kWidth);
}

std::string games_section(const EquilibriumResult& result) {
  std::int64_t games = 0, most = 0;
  for (const GameEquilibria& game : result.games) {
    games += !game.equilibria.empty();
    most = std::max(most, static_cast<std::int64_t>(game.equilibria.size()));
  }
  if (games == 0) return "";
  TextColumn label{"", false, {}}, median{"median", true, {}}, median_interval{"", false, {}};
  TextColumn mean{"mean", true, {}}, mean_interval{"", false, {}};
  const auto add = [&](const char* what, const Estimate& found) {
    if (found.count == 0) return;
    label.cells.emplace_back(what);
    median.cells.push_back(four_digits(found.median));
    median_interval.cells.push_back(
        bracketed(found.median_interval.low, found.median_interval.high));
    mean.cells.push_back(four_digits(found.mean));
    mean_interval.cells.push_back(bracketed(found.mean_interval.low, found.mean_interval.high));
  };
  add("price of anarchy", result.price_of_anarchy);
  add("price of stability", result.price_of_stability);
  add("gap to worst equilibrium", result.anarchy_gap);
  add("gap to best equilibrium", result.stability_gap);
  std::string text =
      fmt::format("\nOver equilibria ({} of {} {}, up to {} distinct in one)\n", games,
                  result.games.size(), result.games.size() == 1 ? "game" : "games", most);
  text += text_table({label, median, median_interval, mean, mean_interval});
  text += wrapped(
      "price of anarchy: best known / worst equilibrium found (of costs: its inverse); of "
      "stability: best known / best "
      "equilibrium found; the gaps are the differences. Worse equilibria and better optima may "
      "exist",
      "  ", kWidth);
  if (!std::isnan(result.theory_bound))
    text += wrapped(fmt::format("theory: the price of anarchy is at most {} ({})",
                                four_digits(result.theory_bound), printable(result.theory_source)),
                    "  ", kWidth);
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

void write_game(JsonWriter& json, const GameEquilibria& game) {
  json.begin_object();
  json.member("first_trial", game.first_trial).member("trials", game.trials);
  json.member("optimum", game.optimum);
  json.member("price_of_anarchy", game.price_of_anarchy);
  json.member("price_of_stability", game.price_of_stability);
  json.member("anarchy_gap", game.anarchy_gap).member("stability_gap", game.stability_gap);
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

std::string text_report(const EquilibriumResult& result) {
  if (result.empty()) return "";
  std::string text = fmt::format(
      "\nWhich ends are equilibria (no agent gains more than {:.4g} of the mean |payoff|)\n",
      result.tolerance);
  text += ends_table(result);
  const bool is_exact = std::all_of(result.regimes.begin(), result.regimes.end(),
                                    [](const CertifiedEnds& each) { return each.is_exact; });
  text += wrapped(
      fmt::format("NashConv: sum over agents of what the best response would gain; rel. gain: the "
                  "largest gain divided by the mean |payoff|, median and largest over trials; {}. "
                  "residual: norm of the projected pseudo-gradient; curvature: of own payoffs, "
                  "negative at strict maxima; both the largest over trials",
                  is_exact ? "best responses are exact"
                           : "best responses were searched for, so that gains are lower bounds"),
      "  ", kWidth);
  text += examined_note(result);
  for (const CertifiedEnds& regime : result.regimes) text += wrapped(verdict(regime), "  ", kWidth);
  return text + games_section(result);
}

std::string certificate_report(const PriceOfAnarchyResult& result) {
  std::string text = wrapped(printable(result.title), "", kWidth);
  if (result.equilibria.empty()) return text + "No end was certified.\n";
  return text + text_report(result.equilibria).substr(1);
}

void write_json(JsonWriter& json, const EquilibriumResult& result) {
  json.begin_object();
  json.member("tolerance", result.tolerance);
  json.key("regimes").begin_array();
  for (const CertifiedEnds& regime : result.regimes) {
    json.begin_object();
    json.member("name", regime.name).member("is_competitive", regime.is_competitive);
    json.member("agents", regime.agents).member("examined_agents", regime.examined_agents);
    json.member("examined", regime.examined).member("equilibria", regime.equilibria);
    json.member("is_exact", regime.is_exact);
    json.member("largest_epsilon", regime.largest_epsilon);
    write_estimate(json, "nash_conv_estimate", regime.nash_conv_estimate);
    write_estimate(json, "relative_gain_estimate", regime.relative_gain_estimate);
    json.member("is_equilibrium", regime.is_equilibrium).member("epsilon", regime.epsilon);
    json.member("relative_gain", regime.relative_gain).member("nash_conv", regime.nash_conv);
    json.member("residual", regime.residual).member("curvature", regime.curvature);
    json.end_object();
  }
  json.end_array();
  write_estimate(json, "price_of_anarchy_estimate", result.price_of_anarchy);
  write_estimate(json, "price_of_stability_estimate", result.price_of_stability);
  write_estimate(json, "anarchy_gap_estimate", result.anarchy_gap);
  write_estimate(json, "stability_gap_estimate", result.stability_gap);
  json.member("theory_bound", result.theory_bound);
  json.member("theory_source", result.theory_source);
  json.key("games").begin_array();
  for (const GameEquilibria& game : result.games) write_game(json, game);
  json.end_array();
  json.end_object();
}

}  // namespace gbid
