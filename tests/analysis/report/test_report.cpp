// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <sstream>
#include <string>

#include "analysis/report/caveats.hpp"
#include "analysis/report/report.hpp"
#include "analysis/report/verdict.hpp"
#include "engine/text/text_table.hpp"
#include "engine/text/utf8.hpp"
#include "tests/analysis/price_of_anarchy_fixture.hpp"

namespace {

using gbid::test::still_regime;
using gbid::test::table;
using gbid::test::two_regimes;

/// Twenty starts like those of the published game: two-cycles, three-cycles, everyone on itself.
gbid::PriceOfAnarchyInput published_like() {
  std::mt19937_64 engine(5);
  std::uniform_real_distribution<double> spread(-0.01, 0.01);
  std::vector<double> coordinated;
  std::vector<double> competitive;
  for (int t = 0; t < 20; ++t) {
    coordinated.push_back((t % 5 < 3 ? -0.24 : -0.44) + spread(engine));
    competitive.push_back(-1.025 + spread(engine) / 3);
  }
  gbid::PriceOfAnarchyInput input = two_regimes(coordinated, competitive);
  input.title = "Price of anarchy in a ten-node bidding market";
  input.welfare_name = "mean payoff over agents";
  for (gbid::RegimeRecord& regime : input.regimes) {
    regime.series["mask_density"] = {20, 2, std::vector<double>(40, 0.2)};
    regime.last["updates"] = {20, 1, std::vector<double>(20, 1000.0)};
  }
  input.regimes[1].schedule = "one_random";
  input.regimes[1].last["updates"].values.assign(20, 100.0);
  return input;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("report: numbers have four significant digits and an interval in brackets") {
  CHECK(gbid::four_digits(-0.25) == "-0.2500");
  CHECK(gbid::four_digits(1000) == "1000");
  CHECK(gbid::four_digits(12345.6) == "1.235e+04");
  CHECK(gbid::four_digits(0.0) == "0.000");
  CHECK(gbid::four_digits(std::numeric_limits<double>::quiet_NaN()) == "");
  CHECK(gbid::bracketed(-0.25021, -0.23006) == "[-0.2502, -0.2301]");
}

TEST_CASE("report: columns align and empty ones vanish") {
  CHECK(gbid::text_table({{"name", false, {"a", "longer"}},
                          {"gone", false, {"", ""}},
                          {"value", true, {"1", "-10.5"}}}) ==
        "  name    value\n"
        "  a           1\n"
        "  longer  -10.5\n");
  CHECK(gbid::wrapped("one two three", "- ", 9) == "- one two\n  three\n");
  CHECK(gbid::wrapped("", "- ", 9) == "- \n");
}

TEST_CASE("report: the terminal text is within 100 columns and says what it measured") {
  const std::string text = gbid::text_report(gbid::price_of_anarchy(published_like()), {}, true);
  if (std::getenv("GBID_SHOW_REPORT")) std::fputs(text.c_str(), stdout);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    CHECK(line.size() <= 100);
    CHECK((line.empty() || line.back() != ' '));
  }
  CHECK(contains(text, "Welfare is mean payoff over agents: higher is better"));
  CHECK(contains(text, "of 20 coordinated starts come within 1% of"));
  CHECK(contains(text, "price of anarchy: not defined: payoffs are negative"));
  CHECK(contains(text, "ratio competitive/coordinated"));
  CHECK(contains(text, "  - budgets differ: an agent had 1000 updates in coordinated and 100 in"));
  CHECK_FALSE(contains(text, "dead"));  // was not recorded
  CHECK_FALSE(contains(text, "nan"));
}

TEST_CASE("report: a defined price of anarchy is shown with its worst case") {
  const std::string text =
      gbid::text_report(gbid::price_of_anarchy(two_regimes({10, 12, 11}, {6, 4, 8})), {}, true);
  CAPTURE(text);
  CHECK(contains(text, "  price of anarchy: best known / competitive (1 is no loss)\n"));
  CHECK(contains(text, "worst price of anarchy found, best known / lowest competitive: 3.000"));
  CHECK_FALSE(contains(text, "not defined"));
  gbid::PriceOfAnarchyInput input = two_regimes({10, 12, 11}, {6, 4, 8});
  input.welfare_units = "EUR";
  CHECK(contains(gbid::text_report(gbid::price_of_anarchy(input)), "welfare in units of EUR:"));
}

TEST_CASE("report: one trial has values and no intervals; no trial at all has neither") {
  const std::string one = gbid::text_report(gbid::price_of_anarchy(two_regimes({10}, {5})));
  CHECK(contains(one, "10.00"));
  CHECK_FALSE(contains(one, "["));
  gbid::PriceOfAnarchyInput input = two_regimes({10}, {5});
  for (auto& regime : input.regimes) regime.outcome = {gbid::TrialStatus::kFailed};
  const std::string none = gbid::text_report(gbid::price_of_anarchy(input));
  CHECK(contains(none, "coordinated: 1 of 1 trials failed and are left out"));
  CHECK_FALSE(contains(none, "nan"));
}

TEST_CASE("report: a name cannot steer the terminal or break the table") {
  gbid::PriceOfAnarchyInput input = two_regimes({10, 11}, {5, 6});
  input.title = "evil\x1b[31m\xC2\x9B title \xFF";
  input.regimes[1].name = "a_regime_with_a_very_long_name_indeed";
  const std::string text = gbid::text_report(gbid::price_of_anarchy(input));
  CHECK(contains(text, "evil?[31m? title ?"));
  CHECK(contains(text, "a_regime_with_a_very_..."));
  CHECK_FALSE(contains(text, "\x1b"));
  CHECK(gbid::clipped("\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", 4) == "\xC3\xA9...");
  CHECK(gbid::printable("\xED\xA0\x80") == "???");  // a surrogate is no character
}

TEST_CASE("report: JSON escapes text, keeps bits and turns what is not a number into null") {
  gbid::PriceOfAnarchyInput input = two_regimes({-0.1, -0.2}, {-0.3, -1.0 / 3.0});
  input.title = "a \"quoted\" \\ name\nwith \x01 and \xFF and \xC3\xA9";
  input.regimes[0].last["ranking"] = table({{1, 0}, {1, 1}});
  input.regimes[1].last["ranking"] =
      table({{1, 1}, {1, 1}});  // KL infinite in trial 0, 0 in trial 1
  const std::string json = gbid::json_report(gbid::price_of_anarchy(input));
  CHECK(json.rfind("{\n  \"version\": 1,\n", 0) == 0);
  CHECK(contains(json, R"("a \"quoted\" \\ name\nwith \u0001 and )"
                       "\xEF\xBF\xBD and \xC3\xA9\""));
  CHECK(contains(json, "\"welfare\": [-0.3, -0.3333333333333333]"));
  CHECK(contains(json, "\"price_of_anarchy\": [null, null]"));
  CHECK(contains(json, "\"price_of_anarchy_not_defined\": \"not defined: payoffs are negative\""));
  CHECK(contains(json, "\"ranking_kl\": [null, 0]"));
  CHECK(contains(json, "\"is_settled\": [true, true]"));
  CHECK_FALSE(contains(json, "nan"));
  CHECK_FALSE(contains(json, ": inf"));
}

TEST_CASE("report: what has not converged is marked in the text and null with a reason in JSON") {
  gbid::PriceOfAnarchyInput input = two_regimes({10, 10}, {5, 4}, false);
  for (double& welfare : input.regimes[1].welfare.values)
    welfare += 1e-2 * (&welfare - input.regimes[1].welfare.values.data());
  const auto result = gbid::price_of_anarchy(input);
  const std::string text = gbid::text_report(result), json = gbid::json_report(result);
  CHECK(contains(text, "welfare gap, 2 of 2 not converged"));
  CHECK(contains(text, "price of anarchy: not known: competitive has not converged"));
  CHECK(contains(json, "\"price_of_anarchy\": [null, null]"));
  CHECK(contains(json,
                 "\"price_of_anarchy_not_defined\": \"not known: competitive has not converged\""));
  CHECK(contains(json, "\"is_converged\": [false, false]"));
  // A planner on its way: a bound with its side.
  input = two_regimes({10, 10}, {5, 4}, false);
  input.regimes[0].welfare.values = {9, 10, 9, 10};
  const std::string bound = gbid::text_report(gbid::price_of_anarchy(input));
  CHECK(contains(bound, "price of anarchy, at least"));
  CHECK(contains(bound, "price of anarchy: not known: the planner has not converged"));
}

TEST_CASE("report: it begins with the verdict, and says what numbers mean last or not at all") {
  const auto result = gbid::price_of_anarchy(two_regimes({10, 12}, {5, 6}, false));
  const auto verdict = gbid::verdicts_of(result).front();
  const std::string text = gbid::text_report(result), all = gbid::text_report(result, {}, true);
  CHECK(verdict.sentence.starts_with("The price of anarchy is 2.000"));
  const auto on_one_line = [](std::string lines) {
    std::replace(lines.begin(), lines.end(), '\n', ' ');
    return lines;
  };
  CHECK(on_one_line(text).starts_with("A market " + verdict.sentence + " Not to be quoted yet: "));
  CHECK(contains(gbid::json_report(result), verdict.sentence));
  CHECK(all.starts_with(text));
  CHECK(all.substr(text.size()).starts_with("\nWhat the numbers mean\n"));
  CHECK_FALSE(contains(text, "(1 is no loss)"));
  // Every caveat that can be cured is followed by what cures it.
  CHECK(contains(on_one_line(text), "-> gbid certify FILE.h5"));
}

TEST_CASE("report: what the readers of a market look for first is in its first table and verdict") {
  gbid::PriceOfAnarchyInput input = two_regimes({10, 10}, {9, 9});
  for (gbid::RegimeRecord& regime : input.regimes) {
    regime.last["l2_distance"] = table({{0.01, 0.03}, {0.01, 0.02}});
    regime.series["revenue"] = table({{1, 3}, {1, 5}});
  }
  const auto result = gbid::price_of_anarchy(input);
  CHECK(result.of("bid_distance", "competitive").values == std::vector<double>{0.03, 0.02});
  const std::string text = gbid::text_report(result);
  CHECK(text.find("bid distance") < text.find("Welfare where the regimes ended"));
  CHECK(contains(text, "revenue"));
  CHECK(gbid::verdicts_of(result).front().sentence.starts_with("Bids end 0.02500"));
  CHECK_FALSE(
      contains(gbid::text_report(gbid::price_of_anarchy(two_regimes({10}, {9}))), "At the end"));
}

TEST_CASE("report: welfare that is told alike is not told to be above") {
  const auto above = [](double agents) {
    const auto result = gbid::price_of_anarchy(two_regimes({0.33333}, {agents}, false));
    return gbid::trials_above_planner(result, result.comparisons.front());
  };
  CHECK(above(0.33334) == 0);  // 0.3333 against 0.3333
  CHECK(above(0.33340) == 1);
  CHECK(above(0.33330) == 0);
}

TEST_CASE("report: an equal budget that settling cut short is no caveat; an unequal one is") {
  gbid::PriceOfAnarchyInput input = published_like();
  const auto differ = [&] {
    return contains(gbid::text_report(gbid::price_of_anarchy(input)), "budgets differ");
  };
  CHECK(differ());
  input.budget = "updates_per_agent";
  CHECK_FALSE(differ());
  // The regime with fewer updates has not settled in one trial: it needed more.
  input.regimes[1].welfare.values[0] *= 2.0;
  CHECK(differ());
}
