// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <algorithm>

#include "analysis/report/caveats.hpp"
#include "analysis/report/verdict.hpp"
#include "analysis/run_comparison.hpp"
#include "price_of_anarchy_fixture.hpp"

namespace {

using gbid::test::two_regimes;

gbid::ComparedRun run_of(const gbid::PriceOfAnarchyInput& input, const char* scenario = "") {
  return {"a file", scenario, gbid::price_of_anarchy(input)};
}

const gbid::ComparedStatistic& row_of(const gbid::RunComparison& comparison, const char* name,
                                      const char* regime) {
  return *std::find_if(comparison.statistics.begin(), comparison.statistics.end(),
                       [&](const auto& row) { return row.name == name && row.regime == regime; });
}

}  // namespace

TEST_CASE("comparison: runs of one seed are paired, and common noise cancels") {
  // Trials differ by tens, runs by 1 in each of them.
  const auto a = two_regimes({10, 20, 30, 40}, {5, 15, 25, 35}, false);
  const auto b = two_regimes({11, 21, 31, 41}, {5, 15, 25, 35}, false);
  const auto comparison = gbid::compare_runs({run_of(a), run_of(b)});
  CHECK(comparison.is_paired);
  const auto& welfare = row_of(comparison, "welfare", "coordinated");
  CHECK(welfare.differences[0].count == 0);
  CHECK(welfare.differences[1].median == 1.0);
  CHECK(welfare.differences[1].median_interval.low == 1.0);
  CHECK(welfare.differences[1].median_interval.high == 1.0);
  CHECK(row_of(comparison, "welfare", "competitive").differences[1].median == 0.0);
  CHECK(row_of(comparison, "welfare_gap", "competitive").differences[1].median == 1.0);
}

TEST_CASE("comparison: runs of different seeds are independent, and their noise does not cancel") {
  const auto a = two_regimes({10, 20, 30, 40}, {5, 15, 25, 35}, false);
  auto b = two_regimes({11, 21, 31, 41}, {5, 15, 25, 35}, false);
  b.seed = a.seed + 1;
  const auto comparison = gbid::compare_runs({run_of(a), run_of(b)});
  CHECK_FALSE(comparison.is_paired);
  const auto& found = row_of(comparison, "welfare", "coordinated").differences[1];
  CHECK(found.median == 1.0);
  CHECK(found.median_interval.low < -5.0);
  CHECK(found.median_interval.high > 5.0);
}

TEST_CASE("comparison: rounding is no difference") {
  const auto a = two_regimes({10, 20, 30}, {5, 15, 25});
  const auto b = two_regimes({10 * (1 + 1e-14), 20, 30}, {5, 15, 25});
  const auto comparison = gbid::compare_runs({run_of(a), run_of(b)});
  const auto& found = row_of(comparison, "welfare", "coordinated").differences[1];
  CHECK(found.mean == 0.0);
  CHECK(found.mean_interval.high == 0.0);
}

TEST_CASE("comparison: welfare in different units has no difference") {
  const auto a = two_regimes({10, 20}, {5, 15});
  auto b = a;
  b.welfare_units = "cost";
  const auto comparison = gbid::compare_runs({run_of(a), run_of(b)});
  CHECK(row_of(comparison, "welfare", "coordinated").differences[1].count == 0);
  CHECK(row_of(comparison, "price_of_anarchy", "competitive").differences[1].count == 2);
  REQUIRE(comparison.notes.size() == 1);
}

TEST_CASE("comparison: only the keys that differ are listed, missing ones as nothing") {
  const auto a = two_regimes({10}, {5});
  const auto comparison =
      gbid::compare_runs({run_of(a, "seed = 1\n[market]\nagents = 4\nrate = 1.1\n"),
                          run_of(a, "seed = 1\n[market]\nagents = 5\n")});
  REQUIRE(comparison.scenario.size() == 2);
  CHECK(comparison.scenario[0].key == "market.agents");
  CHECK(comparison.scenario[0].values == std::vector<std::string>{"4", "5"});
  CHECK(comparison.scenario[1].values == std::vector<std::string>{"1.1", ""});
}

TEST_CASE("verdict: it may be quoted only with settled ends, a planner above, and certificates") {
  auto input = two_regimes({10, 12}, {5, 6}, false);
  const auto obstacles = [&] { return gbid::verdicts_of(gbid::price_of_anarchy(input)).front(); };
  REQUIRE(obstacles().obstacles.size() == 1);
  CHECK(obstacles().obstacles[0] ==
        gbid::Caveat{"2 of 2 ends of competitive have no certificate", gbid::cure::kCertify});
  gbid::CertificateRecord passed;
  passed.agents = passed.examined = 2;
  passed.nash_conv = passed.largest_gain = passed.relative_gain = passed.residual = {0.0, 0.0};
  passed.curvature = {-1.0, -1.0};
  passed.is_exact = {1.0, 1.0};
  input.regimes[1].certificate = passed;
  CHECK(obstacles().is_quotable());
  CHECK(obstacles().sentence.find("The price of anarchy is 2.000") == 0);
  CHECK(obstacles().sentence.find("2 of 2 ends are") != std::string::npos);

  auto below = input;
  below.regimes[0].welfare = gbid::test::table({{4, 4}, {12, 12}});
  const auto verdict = gbid::verdicts_of(gbid::price_of_anarchy(below)).front();
  REQUIRE(verdict.obstacles.size() == 1);
  CHECK(verdict.obstacles[0].text ==
        "the planner coordinated ended below competitive in 1 of 2 trials");
  // By rounding only: not below.
  below.regimes[0].welfare = gbid::test::table({{5 * (1 - 1e-15), 5 * (1 - 1e-15)}, {12, 12}});
  CHECK(gbid::verdicts_of(gbid::price_of_anarchy(below)).front().is_quotable());

  auto moving = input;
  moving.regimes[1].welfare = gbid::test::table({{5, 5}, {3, 6}});
  moving.regimes[1].steps = {0, 1};
  const auto unsettled = gbid::price_of_anarchy(moving, {.window_share = 1.0});
  CHECK_FALSE(gbid::verdicts_of(unsettled).front().is_quotable());
}

TEST_CASE("verdict: a run that compares nothing has one, which may not be quoted") {
  auto input = two_regimes({10}, {5});
  input.regimes.erase(input.regimes.begin());
  const auto verdicts = gbid::verdicts_of(gbid::price_of_anarchy(input));
  REQUIRE(verdicts.size() == 1);
  CHECK_FALSE(verdicts[0].is_quotable());
  CHECK(verdicts[0].sentence.find("no regime is a planner") != std::string::npos);
}

TEST_CASE("statistics: the difference of two samples is known to the sum of their uncertainties") {
  const std::vector<double> a = {1, 2, 3, 4, 5}, one = {1};
  const auto same = gbid::bootstrap_difference(a, a, gbid::Statistic::kMean);
  CHECK(same.low <
        -0.5);  // equal samples of different populations: zero is inside, not all there is
  CHECK(same.high > 0.5);
  CHECK_FALSE(gbid::bootstrap_difference(a, one, gbid::Statistic::kMean).is_defined());
  const std::vector<double> still = {7, 7, 7};
  const auto alone = gbid::bootstrap_difference(still, a, gbid::Statistic::kMean);
  CHECK(alone.low < -4.0);
  CHECK(alone.high < -2.0);
}
