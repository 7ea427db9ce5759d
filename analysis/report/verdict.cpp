// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/report/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/report/caveats.hpp"
#include "engine/text/text_table.hpp"
#include "engine/text/utf8.hpp"

namespace gbid {
namespace {

const RegimeEnd& end_named(const PriceOfAnarchyResult& result, const std::string& name) {
  return *std::find_if(result.regimes.begin(), result.regimes.end(),
                       [&](const RegimeEnd& each) { return each.name == name; });
}

const CertifiedEnds* certificate_named(const PriceOfAnarchyResult& result,
                                       const std::string& name) {
  const auto& all = result.equilibria.regimes;
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const CertifiedEnds& each) { return each.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::string counted_noun(std::int64_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::int64_t games_of(const PriceOfAnarchyResult& result) {
  return result.is_game_shared ? 1 : result.trials / result.trials_per_game;
}

/// "over 20 games", "over 5 games, 4 trials each", "over 4 trials of one game".
std::string sample_of(const PriceOfAnarchyResult& result) {
  const std::int64_t games = games_of(result);
  if (result.trials == 1) return "in one trial";
  if (games == 1) return fmt::format("over {} of one game", counted_noun(result.trials, "trial"));
  return "over " + counted_noun(games, "game") +
         (games == result.trials ? "" : fmt::format(", {} trials each", result.trials / games));
}

void add_unfinished(const PriceOfAnarchyResult& result, const RegimeEnd& end,
                    std::vector<std::string>& obstacles) {
  if (end.counted < result.trials)
    obstacles.push_back(fmt::format("{}: {} of {} trials do not count", end.name,
                                    result.trials - end.counted, result.trials));
  if (end.stopped > 0)
    obstacles.push_back(
        fmt::format("{}: {} of {} trials were stopped early", end.name, end.stopped, end.counted));
  if (end.settled < end.counted)
    obstacles.push_back(fmt::format("{} has not settled in {} of {} trials", end.name,
                                    end.counted - end.settled, end.counted));
}

/// A planner that learned less than its agents bounds nothing.
void add_failed_planner(const PriceOfAnarchyResult& result, const AnarchyComparison& pair,
                        std::vector<std::string>& obstacles) {
  if (const std::int64_t above = trials_above_planner(result, pair); above > 0)
    obstacles.push_back(fmt::format("the planner {} ended below {} in {} of {} trials",
                                    pair.planner, pair.equilibrium, above, result.trials));
}

void add_uncertified(const RegimeEnd& selfish, const CertifiedEnds* ends,
                     std::vector<std::string>& obstacles) {
  if (!ends || ends->examined < selfish.counted)
    obstacles.push_back(fmt::format("{} of {} ends of {} have no certificate",
                                    selfish.counted - (ends ? ends->examined : 0), selfish.counted,
                                    selfish.name));
  if (ends && ends->equilibria < ends->examined)
    obstacles.push_back(fmt::format("{} of {} ends of {} are not equilibria",
                                    ends->examined - ends->equilibria, ends->examined,
                                    selfish.name));
}

/// "1.250 [1.200, 1.300]"
std::string number_of(const Estimate& found) {
  const std::string interval = bracketed(found.median_interval.low, found.median_interval.high);
  return four_digits(found.median) + (interval.empty() ? "" : " " + interval);
}

/// The name of welfare without what explains it.
std::string welfare_words(const PriceOfAnarchyResult& result) {
  return printable(result.welfare_name.substr(0, result.welfare_name.find_first_of(";:")));
}

std::string sentence_of(const PriceOfAnarchyResult& result, const AnarchyComparison& pair,
                        const CertifiedEnds* ends) {
  const bool has_equilibria = ends && ends->equilibria > 0;
  const auto found = [&](const char* of_games, const char* of_trials) -> const Estimate& {
    return has_equilibria && result.comparisons.size() == 1
               ? result.of(of_games).estimate
               : result.of(of_trials, pair.equilibrium).estimate;
  };
  const Estimate& price = found("price_of_anarchy", "price_of_anarchy");
  const Estimate& gap = found("anarchy_gap", "welfare_gap");
  if (price.count == 0 && gap.count == 0)
    return fmt::format("No trial of {} can be compared with {}.", pair.equilibrium, pair.planner);
  std::string text = price.count > 0 ? fmt::format("The price of anarchy is {}", number_of(price))
                                     : fmt::format("Anarchy costs {} in {}", number_of(gap),
                                                   welfare_words(result));
  text += fmt::format(" ({} against {}, {}{})", pair.equilibrium, pair.planner,
                      (price.count > 0 ? price : gap).median_interval.is_defined()
                          ? "median and 95% bootstrap interval "
                          : "",
                      sample_of(result));
  if (has_equilibria)
    text += fmt::format("; {} of {} ends {}", ends->equilibria, ends->examined,
                        ends->proved == ends->equilibria ? "are proved equilibria"
                        : ends->is_exact                 ? "are equilibria"
                                                         : "pass as equilibria, not proved");
  if (price.count == 0 && !pair.price_of_anarchy_reason.empty())
    text += "; price of anarchy " + pair.price_of_anarchy_reason;
  return text + ".";
}

}  // namespace

std::vector<Verdict> verdicts_of(const PriceOfAnarchyResult& result) {
  std::vector<Verdict> verdicts;
  for (const AnarchyComparison& pair : result.comparisons) {
    const RegimeEnd& selfish = end_named(result, pair.equilibrium);
    const RegimeEnd& planner = end_named(result, pair.planner);
    const CertifiedEnds* ends = certificate_named(result, pair.equilibrium);
    Verdict verdict{pair.equilibrium, sentence_of(result, pair, ends), result.contradictions};
    add_unfinished(result, selfish, verdict.obstacles);
    add_unfinished(result, planner, verdict.obstacles);
    add_failed_planner(result, pair, verdict.obstacles);
    add_uncertified(selfish, ends, verdict.obstacles);
    verdicts.push_back(std::move(verdict));
  }
  if (!verdicts.empty()) return verdicts;
  // Nothing is compared: what each regime came to.
  std::string text = "There is no price of anarchy: ";
  const bool has_selfish =
      std::any_of(result.regimes.begin(), result.regimes.end(),
                  [](const RegimeEnd& each) { return each.role == RegimeRole::kEquilibrium; });
  text += has_selfish ? "no regime is a planner." : "no regime is of selfish agents.";
  Verdict verdict{"", text, {"nothing is compared"}};
  for (const RegimeEnd& each : result.regimes) {
    verdict.sentence +=
        fmt::format(" {} settled in {} of {} trials", each.name, each.settled, each.counted);
    const CertifiedEnds* ends = certificate_named(result, each.name);
    if (ends)
      verdict.sentence +=
          fmt::format(", {} of {} ends pass as equilibria", ends->equilibria, ends->examined);
    verdict.sentence += ".";
    add_unfinished(result, each, verdict.obstacles);
  }
  return {verdict};
}

void write_verdicts(JsonWriter& json, const PriceOfAnarchyResult& result) {
  json.key("verdicts").begin_array();
  for (const Verdict& verdict : verdicts_of(result)) {
    json.begin_object();
    json.member("equilibrium", verdict.equilibrium).member("sentence", verdict.sentence);
    json.member("is_quotable", verdict.is_quotable());
    json.key("obstacles").begin_array();
    for (const std::string& obstacle : verdict.obstacles) json.value(obstacle);
    json.end_array().end_object();
  }
  json.end_array();
}

}  // namespace gbid
