// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/report/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/report/caveats.hpp"
#include "analysis/report/statistic_tables.hpp"
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
                    std::vector<Caveat>& obstacles) {
  if (end.counted < result.trials)
    obstacles.push_back({fmt::format("{}: {} of {} trials do not count", end.name,
                                     result.trials - end.counted, result.trials),
                         end.failed > 0 ? cure::kFailed : cure::kFinish});
  if (end.stopped > 0)
    obstacles.push_back(
        {fmt::format("{}: {} of {} trials were stopped early", end.name, end.stopped, end.counted),
         cure::kFinish});
  if (end.settled < end.counted)
    obstacles.push_back({fmt::format("{} has not settled in {} of {} trials", end.name,
                                     end.counted - end.settled, end.counted),
                         cure::kPlayLonger});
}

/// A planner that learned less than its agents bounds nothing.
void add_failed_planner(const PriceOfAnarchyResult& result, const AnarchyComparison& pair,
                        std::vector<Caveat>& obstacles) {
  if (const std::int64_t above = trials_above_planner(result, pair); above > 0)
    obstacles.push_back({fmt::format("the planner {} ended below {} in {} of {} trials",
                                     pair.planner, pair.equilibrium, above, result.trials),
                         cure::kPlanner});
}

void add_uncertified(const RegimeEnd& selfish, const CertifiedEnds* ends,
                     std::vector<Caveat>& obstacles) {
  if (!ends || ends->examined < selfish.counted)
    obstacles.push_back(
        {fmt::format("{} of {} ends of {} have no certificate",
                     selfish.counted - (ends ? ends->examined : 0), selfish.counted, selfish.name),
         cure::kCertify});
  if (ends && ends->equilibria < ends->examined)
    obstacles.push_back(
        {fmt::format("{} of {} ends of {} are not equilibria", ends->examined - ends->equilibria,
                     ends->examined, selfish.name),
         cure::kNotEquilibrium});
}

/// "1.250 [1.200, 1.300]"
std::string number_of(const PriceOfAnarchyResult& result, const Measured& found) {
  const Estimate& estimate = found.estimate;
  const std::string interval = interval_text(result, *found.row, estimate.median_interval);
  return number_text(result, *found.row, estimate.median) +
         (interval.empty() ? "" : " " + interval);
}

/// The name of welfare without what explains it.
std::string welfare_words(const PriceOfAnarchyResult& result) {
  return printable(result.welfare_name.substr(0, result.welfare_name.find_first_of(";:")));
}

/// What readers of such a market look for first, of one regime; empty where there is nothing of it.
std::string first_words(const PriceOfAnarchyResult& result, const LearningSummary& learning,
                        const std::string& regime) {
  std::string text;
  const auto add = [&](const std::string& clause) { text += (text.empty() ? "" : ", ") + clause; };
  for (const LearnerEnd& end : learning.learners)
    if (const double accuracy = median(end.accuracy); end.regime == regime && !std::isnan(accuracy))
      add(fmt::format("{} classifies {:.1f}% of the held-out images", end.agent, 100.0 * accuracy));
  for (const Measured* found : result.all_of(Scope::kRegime, regime))
    if (!found->row->verdict.empty() && found->estimate.count > 0)
      add(fmt::format(fmt::runtime(found->row->verdict),
                      fmt::arg("value", number_of(result, *found))));
  return text;
}

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] += 'A' - 'a';
  return text;
}

std::string sentence_of(const PriceOfAnarchyResult& result, const LearningSummary& learning,
                        const AnarchyComparison& pair, const CertifiedEnds* ends) {
  const bool has_equilibria = ends && ends->equilibria > 0;
  const auto found = [&](const char* of_games, const char* of_trials) -> const Measured& {
    return has_equilibria && result.comparisons.size() == 1
               ? result.of(of_games)
               : result.of(of_trials, pair.equilibrium);
  };
  const Measured& price = found("price_of_anarchy", "price_of_anarchy");
  const Measured& gap = found("anarchy_gap", "welfare_gap");
  std::string text = first_words(result, learning, pair.equilibrium);
  if (!text.empty()) text += "; ";
  if (price.estimate.count == 0 && gap.estimate.count == 0)
    return capitalised(text + fmt::format("no trial of {} can be compared with {}.",
                                          pair.equilibrium, pair.planner));
  const Measured& shown = price.estimate.count > 0 ? price : gap;
  text +=
      price.estimate.count > 0
          ? fmt::format("the price of anarchy is {}", number_of(result, price))
          : fmt::format("anarchy costs {} in {}", number_of(result, gap), welfare_words(result));
  text += fmt::format(
      " ({} against {}, {}{})", pair.equilibrium, pair.planner,
      shown.estimate.median_interval.is_defined() ? "median and 95% bootstrap interval " : "",
      sample_of(result));
  if (has_equilibria)
    text += fmt::format("; {} of {} ends {}", ends->equilibria, ends->examined,
                        ends->proved == ends->equilibria ? "are proved equilibria"
                        : ends->is_exact                 ? "are equilibria"
                                                         : "pass as equilibria, not proved");
  if (price.estimate.count == 0 && !pair.price_of_anarchy_reason.empty())
    text += "; price of anarchy " + pair.price_of_anarchy_reason;
  return capitalised(text + ".");
}

/// Of a run that compares nothing: what each regime came to.
Verdict alone(const PriceOfAnarchyResult& result, const LearningSummary& learning) {
  const bool has_selfish =
      std::any_of(result.regimes.begin(), result.regimes.end(),
                  [](const RegimeEnd& each) { return each.role == RegimeRole::kEquilibrium; });
  Verdict verdict{"", "", {}};
  for (const RegimeEnd& each : result.regimes) {
    const std::string first = first_words(result, learning, each.name);
    if (!first.empty()) verdict.sentence += fmt::format("{}: {}. ", each.name, first);
  }
  if (verdict.sentence.empty())
    verdict.obstacles.push_back(
        {"nothing is compared", fmt::format("add a regime with objective = \"{}\"",
                                            has_selfish ? "mean_payoff" : "own_payoff")});
  verdict.sentence += fmt::format("There is no price of anarchy: no regime is {}.",
                                  has_selfish ? "a planner" : "of selfish agents");
  for (const RegimeEnd& each : result.regimes) {
    verdict.sentence +=
        fmt::format(" {} settled in {} of {} trials", each.name, each.settled, each.counted);
    const CertifiedEnds* ends = certificate_named(result, each.name);
    if (ends)
      verdict.sentence +=
          fmt::format(", {} of {} ends pass as equilibria", ends->equilibria, ends->examined);
    verdict.sentence += ".";
    add_unfinished(result, each, verdict.obstacles);
    if (each.role == RegimeRole::kEquilibrium) add_uncertified(each, ends, verdict.obstacles);
  }
  return verdict;
}

}  // namespace

std::vector<Verdict> verdicts_of(const PriceOfAnarchyResult& result,
                                 const LearningSummary& learning) {
  std::vector<Verdict> verdicts;
  for (const AnarchyComparison& pair : result.comparisons) {
    const RegimeEnd& selfish = end_named(result, pair.equilibrium);
    const RegimeEnd& planner = end_named(result, pair.planner);
    const CertifiedEnds* ends = certificate_named(result, pair.equilibrium);
    Verdict verdict{pair.equilibrium, sentence_of(result, learning, pair, ends), {}};
    for (const std::string& each : result.contradictions) verdict.obstacles.push_back({each, ""});
    add_unfinished(result, selfish, verdict.obstacles);
    add_unfinished(result, planner, verdict.obstacles);
    add_failed_planner(result, pair, verdict.obstacles);
    add_uncertified(selfish, ends, verdict.obstacles);
    verdicts.push_back(std::move(verdict));
  }
  if (verdicts.empty()) verdicts.push_back(alone(result, learning));
  return verdicts;
}

std::string text_of(const std::vector<Verdict>& verdicts) {
  std::string text;
  for (const Verdict& verdict : verdicts) {
    std::string answer = verdict.sentence;
    if (verdict.is_quotable()) answer += " It may be quoted.";
    text += wrapped(printable(answer), "", kReportWidth);
    std::string reasons;
    for (const Caveat& obstacle : verdict.obstacles)
      reasons += (reasons.empty() ? "" : "; ") + obstacle.text;
    if (!verdict.is_quotable())
      text += wrapped(printable(reasons), "Not to be quoted yet: ", kReportWidth);
  }
  return text;
}

void write_verdicts(JsonWriter& json, const PriceOfAnarchyResult& result,
                    const LearningSummary& learning) {
  json.key("verdicts").begin_array();
  for (const Verdict& verdict : verdicts_of(result, learning)) {
    json.begin_object();
    json.member("equilibrium", verdict.equilibrium).member("sentence", verdict.sentence);
    json.member("is_quotable", verdict.is_quotable());
    json.key("obstacles").begin_array();
    for (const Caveat& obstacle : verdict.obstacles) json.value(obstacle.text);
    json.end_array().key("cures").begin_array();
    for (const Caveat& obstacle : verdict.obstacles) json.value(obstacle.cure);
    json.end_array().end_object();
  }
  json.end_array();
}

}  // namespace gbid
