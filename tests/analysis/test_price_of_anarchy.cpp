// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "analysis/price_of_anarchy.hpp"
#include "analysis/report/caveats.hpp"
#include "engine/core/error.hpp"
#include "price_of_anarchy_fixture.hpp"

namespace {

using gbid::test::still_regime;
using gbid::test::table;
using gbid::test::two_regimes;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

bool has_caveat(const gbid::PriceOfAnarchyResult& result, const std::string& part) {
  return std::any_of(result.caveats.begin(), result.caveats.end(), [&](const gbid::Caveat& caveat) {
    return caveat.text.find(part) != std::string::npos;
  });
}

}  // namespace

TEST_CASE("price of anarchy: positive payoffs on one shared game, by hand") {
  // Best known 12 (trial 1). Competitive 6, 4, 8: prices 2, 3, 1.5, the worst 12 / 4.
  const auto result = gbid::price_of_anarchy(two_regimes({10, 12, 11.9}, {6, 4, 8}));
  CHECK(result.best_known == std::vector<double>{12, 12, 12});
  CHECK(result.best_regime == "coordinated");
  CHECK(result.best_trial == 1);
  CHECK(result.best_found == 2);  // 12 and 11.9, which is within 1% of 12; 10 is not
  CHECK(result.best_found_of == 3);
  REQUIRE(result.comparisons.size() == 1);
  const gbid::AnarchyComparison& pair = result.comparisons[0];
  CHECK(pair.equilibrium == "competitive");
  CHECK(pair.planner == "coordinated");
  CHECK(result.of("price_of_anarchy", "competitive").values == std::vector<double>{2, 3, 1.5});
  CHECK(pair.worst_price_of_anarchy == 3.0);
  CHECK(pair.price_of_anarchy_reason.empty());
  CHECK(result.of("welfare_gap", "competitive").values == std::vector<double>{6, 8, 4});
  CHECK(result.of("ratio_equilibrium_to_planner", "competitive").values[0] == 0.6);
  CHECK(result.of("welfare_gap", "competitive").estimate.median == 6.0);
  CHECK(result.of("price_of_anarchy", "competitive").estimate.median == 2.0);
  CHECK(pair.ratio_with_negative == 0);
  CHECK(has_caveat(result, "nothing here certifies that the competitive end point is an equilib"));
  CHECK_FALSE(has_caveat(result, "negative"));
}

TEST_CASE("price of anarchy: without a shared game every trial has its own best") {
  const auto result = gbid::price_of_anarchy(two_regimes({10, 12}, {5, 16}, false));
  CHECK(result.best_known == std::vector<double>{10, 16});
  CHECK(result.best_regime.empty());
  CHECK(result.of("price_of_anarchy", "competitive").values == std::vector<double>{2, 1});
  CHECK(std::isnan(result.comparisons[0].worst_price_of_anarchy));
  CHECK(has_caveat(result, "competitive ended above coordinated in 1 of 2 trials"));
  CHECK(has_caveat(result, "every trial is a game of its own"));
}

TEST_CASE("price of anarchy: agents that differ from their planner by rounding are not above it") {
  const auto result = gbid::price_of_anarchy(
      two_regimes({10, 12, 3}, {10 * (1 + 1e-15), 12 * (1 - 1e-5), 3 + 1e-3}));
  CHECK(gbid::trials_above_planner(result, result.comparisons[0]) == 1);
  CHECK(has_caveat(result, "competitive ended above coordinated in 1 of 3 trials"));
}

TEST_CASE("price of anarchy: a ratio of negative payoffs is not a price of anarchy") {
  const auto result = gbid::price_of_anarchy(two_regimes({-0.25, -0.5}, {-1.0, -1.0}));
  const gbid::AnarchyComparison& pair = result.comparisons[0];
  CHECK(std::isnan(result.of("price_of_anarchy", "competitive").values[0]));
  CHECK(result.of("price_of_anarchy", "competitive").estimate.count == 0);
  CHECK(pair.price_of_anarchy_reason == "not defined: payoffs are negative");
  CHECK(std::isnan(pair.worst_price_of_anarchy));
  CHECK(result.of("ratio_equilibrium_to_planner", "competitive").values ==
        std::vector<double>{4, 2});  // the seed's number, under its own name
  CHECK(result.of("welfare_gap", "competitive").values == std::vector<double>{0.75, 0.75});
  CHECK(has_caveat(result, "divides negative welfare in 2 of 2 trials"));
}

TEST_CASE("price of anarchy: mixed signs leave it defined only where both sides are positive") {
  const auto result = gbid::price_of_anarchy(two_regimes({4, 4, 4}, {2, -1, 0}));
  const gbid::AnarchyComparison& pair = result.comparisons[0];
  CHECK(result.of("price_of_anarchy", "competitive").values[0] == 2.0);
  CHECK(std::isnan(result.of("price_of_anarchy", "competitive").values[1]));
  CHECK(std::isnan(result.of("price_of_anarchy", "competitive").values[2]));
  CHECK(pair.price_of_anarchy_reason ==
        "defined in 1 of 3 trials; in the others payoffs are negative");
  CHECK(std::isnan(pair.worst_price_of_anarchy));  // the lowest equilibrium is negative
  CHECK(result.of("ratio_equilibrium_to_planner", "competitive").values[2] == 0.0);
  const auto zero = gbid::price_of_anarchy(two_regimes({0}, {0}));
  CHECK(zero.comparisons[0].price_of_anarchy_reason == "not defined: welfare is zero");
  CHECK(std::isnan(zero.of("ratio_equilibrium_to_planner", "competitive").values[0]));
  CHECK(zero.of("welfare_gap", "competitive").values[0] == 0.0);
}

TEST_CASE("price of anarchy: welfare and drift are those of the last window") {
  // 20 records at steps 0, 10, ..., 190; the last tenth is two of them: (7 + 9) / 2 = 8, drift 2.
  gbid::RegimeRecord regime = still_regime("coordinated", "mean_payoff", {0});
  regime.steps.clear();
  regime.welfare = {1, 20, std::vector<double>(20, 5.0)};
  for (int s = 0; s < 20; ++s) regime.steps.push_back(10 * s);
  regime.welfare.values[18] = 7.0;
  regime.welfare.values[19] = 9.0;
  regime.series["mask_density"] = {1, 20, std::vector<double>(20, 0.0)};
  regime.series["mask_density"].values[19] = 0.5;
  gbid::PriceOfAnarchyInput input;
  input.regimes = {regime};
  const auto result = gbid::price_of_anarchy(input);
  const gbid::RegimeEnd& end = result.regimes[0];
  CHECK(end.welfare[0] == 8.0);
  CHECK(end.drift[0] == doctest::Approx(2.0).epsilon(1e-14));
  CHECK_FALSE(end.is_settled[0]);
  CHECK(result.of("mask_density", "coordinated").values[0] == 0.25);
  CHECK(std::isnan(result.of("dead_gradient_share", "coordinated").values[0]));
  CHECK(has_caveat(result, "coordinated has not settled in 1 of 1 trials"));
  CHECK(has_caveat(result, "no regime has the objective own_payoff"));
  // A tolerance of a quarter of the welfare is just enough for a drift of 2 (with room for
  // rounding).
  CHECK(gbid::price_of_anarchy(input, {.settled_tolerance = 0.2501}).regimes[0].is_settled[0]);
  CHECK(gbid::price_of_anarchy(input, {.window_share = 1.0}).regimes[0].welfare[0] == 5.3);
}

TEST_CASE("price of anarchy: a trial that stopped early is read at its own end") {
  gbid::PriceOfAnarchyInput input = two_regimes({4, 4}, {2, 2});
  gbid::RegimeRecord& regime = input.regimes[1];
  regime.steps = {0, 1, 2, 3};
  regime.welfare = table({{1, 3, 3, kNaN}, {1, 1, 5, 7}});
  regime.outcome = {gbid::TrialStatus::kSettled, gbid::TrialStatus::kStopped};
  const auto result = gbid::price_of_anarchy(input);
  const gbid::RegimeEnd& end = result.regimes[1];
  CHECK(end.welfare == std::vector<double>{3, 7});
  CHECK(end.drift[0] == 0.0);  // one record in the window: the one before it gives the slope
  CHECK(end.drift[1] == 2.0);
  CHECK(end.settled == 1);
  CHECK(end.stopped == 1);
  CHECK(has_caveat(result, "competitive: 1 of 2 trials were stopped before their end"));
}

TEST_CASE("price of anarchy: the scenario's own stopping rule settles a trial that still drifts") {
  gbid::PriceOfAnarchyInput input = two_regimes({4}, {2});
  input.regimes[0].welfare = table({{3, 4}});
  CHECK(gbid::price_of_anarchy(input).regimes[0].settled == 0);
  input.regimes[0].outcome = {gbid::TrialStatus::kSettled};
  CHECK(gbid::price_of_anarchy(input).regimes[0].settled == 1);
}

TEST_CASE("price of anarchy: one record cannot tell whether a trial settled") {
  gbid::PriceOfAnarchyInput input = two_regimes({4}, {2});
  input.regimes[0].steps = {100};
  input.regimes[0].welfare = table({{4}});
  const auto result = gbid::price_of_anarchy(input);
  CHECK(std::isnan(result.regimes[0].drift[0]));
  CHECK(result.regimes[0].settled == 0);
  CHECK(has_caveat(result, "coordinated: 1 of 1 trials recorded too few steps"));
  CHECK_FALSE(has_caveat(result, "coordinated has not settled"));
}

TEST_CASE("price of anarchy: failed trials are left out and counted") {
  gbid::PriceOfAnarchyInput input = two_regimes({10, 99, 12}, {5, 4, kNaN});
  input.regimes[0].outcome[1] = gbid::TrialStatus::kFailed;
  input.regimes[1].outcome[2] = gbid::TrialStatus::kNotStarted;
  const auto result = gbid::price_of_anarchy(input);
  CHECK(result.regimes[0].counted == 2);
  CHECK(result.regimes[0].failed == 1);
  CHECK(std::isnan(result.regimes[0].welfare[1]));
  CHECK(result.best_known[0] == 12.0);  // not the 99 of the failed trial
  const gbid::AnarchyComparison& pair = result.comparisons[0];
  CHECK(pair.counted == 1);
  CHECK(result.of("ratio_equilibrium_to_planner", "competitive").values[0] == 0.5);
  CHECK(std::isnan(result.of("ratio_equilibrium_to_planner", "competitive").values[1]));
  CHECK(result.of("welfare_gap", "competitive").values[1] == 8.0);
  CHECK(std::isnan(result.of("welfare_gap", "competitive").values[2]));
  CHECK(has_caveat(result, "coordinated: 1 of 3 trials failed and are left out"));
  CHECK(has_caveat(result, "competitive: 1 of 3 trials were not started and are left out"));
}

TEST_CASE("price of anarchy: different budgets are said, equal ones are not") {
  gbid::PriceOfAnarchyInput input = two_regimes({4}, {2});
  input.regimes[0].last["updates"] = table({{1000, 1000}});
  input.regimes[1].last["updates"] = table({{90, 110}});
  CHECK(has_caveat(gbid::price_of_anarchy(input),
                   "budgets differ: an agent had 1000 updates in coordinated and 100 in competi"));
  input.regimes[1].last["updates"] = table({{999, 1001}});
  CHECK_FALSE(has_caveat(gbid::price_of_anarchy(input), "budgets differ"));
}

TEST_CASE("price of anarchy: every equilibrium is held against the planner with the best median") {
  gbid::PriceOfAnarchyInput input = two_regimes({5, 6}, {2, 3});
  input.regimes.push_back(still_regime("idealized", "mean_utility", {9, 1}));  // median 5 < 5.5
  input.regimes.push_back(still_regime("simultaneous", "own_payoff", {1, 1}));
  input.regimes.push_back(still_regime("other", "regret", {0, 0}));
  const auto result = gbid::price_of_anarchy(input);
  CHECK(result.best_planner == "coordinated");
  REQUIRE(result.comparisons.size() == 2);
  CHECK(result.comparisons[1].equilibrium == "simultaneous");
  CHECK(result.comparisons[1].planner == "coordinated");
  CHECK(result.best_regime == "idealized");  // but the best known welfare counts whoever found it
  CHECK(result.of("welfare_gap", "simultaneous").values == std::vector<double>{8, 8});
  CHECK(result.best_found == 0);
}

TEST_CASE("price of anarchy: without a planner there is no comparison and it says so") {
  gbid::PriceOfAnarchyInput input = two_regimes({4}, {2});
  input.regimes.erase(input.regimes.begin());
  const auto result = gbid::price_of_anarchy(input);
  CHECK(result.comparisons.empty());
  CHECK(result.best_planner.empty());
  CHECK(has_caveat(result, "there is no planner to compare with"));
}

TEST_CASE("price of anarchy: shapes that do not fit are refused by name") {
  gbid::PriceOfAnarchyInput input = two_regimes({4, 4}, {2, 2});
  input.regimes[1].series["mask_density"] = table({{1, 1, 1}, {1, 1, 1}});
  CHECK_THROWS_WITH_AS((void)gbid::price_of_anarchy(input),
                       "regime competitive: mask_density is 2 x 3 (6 values), expected 2 trials x "
                       "2 steps",
                       gbid::DataError);
  input = two_regimes({4, 4}, {2});
  CHECK_THROWS_AS((void)gbid::price_of_anarchy(input), gbid::DataError);
  input = two_regimes({4}, {2});
  input.regimes[0].welfare = {};
  CHECK_THROWS_AS((void)gbid::price_of_anarchy(input), gbid::DataError);
  CHECK_THROWS_AS((void)gbid::price_of_anarchy({}), gbid::DataError);
}

TEST_CASE("ranking divergence: values by hand and what has none") {
  using Values = std::vector<double>;
  const Values half = {0.5, 0.5};
  CHECK(gbid::ranking_divergence(half, Values{3, 3}) == 0.0);  // weights are normalised first
  // 1/2 log((1/2)/(1/4)) + 1/2 log((1/2)/(3/4)) = 1/2 log(4/3)
  CHECK(gbid::ranking_divergence(half, Values{1, 3}) ==
        doctest::Approx(0.5 * std::log(4.0 / 3.0)).epsilon(1e-14));
  // The other way: 1/4 log(1/2) + 3/4 log(3/2); the order matters.
  CHECK(gbid::ranking_divergence(Values{1, 3}, half) ==
        doctest::Approx(0.25 * std::log(0.5) + 0.75 * std::log(1.5)).epsilon(1e-14));
  CHECK(gbid::ranking_divergence(Values{1, 0}, half) ==
        doctest::Approx(std::log(2.0)).epsilon(1e-14));
  CHECK(std::isinf(gbid::ranking_divergence(half, Values{1, 0})));
  CHECK(std::isnan(gbid::ranking_divergence(half, Values{1, -1})));
  CHECK(std::isnan(gbid::ranking_divergence(Values{kNaN, 1}, half)));
  CHECK(std::isnan(gbid::ranking_divergence(half, Values{0, 0})));
  CHECK(std::isnan(gbid::ranking_divergence(half, Values{1, 1, 1})));
}

TEST_CASE("price of anarchy: the divergence of final rankings is per trial, equilibrium first") {
  gbid::PriceOfAnarchyInput input = two_regimes({4, 4}, {2, 2});
  input.regimes[0].last["ranking"] = table({{0.25, 0.75}, {0.0, 1.0}});  // planner
  input.regimes[1].last["ranking"] = table({{0.5, 0.5}, {0.5, 0.5}});
  const auto result = gbid::price_of_anarchy(input);
  CHECK(result.of("ranking_kl", "competitive").values[0] ==
        doctest::Approx(0.5 * std::log(4.0 / 3.0)).epsilon(1e-14));
  CHECK(std::isinf(result.of("ranking_kl", "competitive").values[1]));
  CHECK(has_caveat(result, "is infinite in 1 trials"));
}

TEST_CASE("price of anarchy: where welfare is minus a cost it is equilibrium cost / best cost") {
  gbid::PriceOfAnarchyInput input = two_regimes({-3.0, -2.0}, {-4.0, -5.0});
  input.is_minus_cost = true;
  const auto result = gbid::price_of_anarchy(input);
  const gbid::AnarchyComparison& pair = result.comparisons[0];
  CHECK(result.of("price_of_anarchy", "competitive").values ==
        std::vector<double>{2.0, 2.5});  // the best cost known is 2
  CHECK(pair.worst_price_of_anarchy == 2.5);
  CHECK(pair.price_of_anarchy_reason.empty());
  CHECK(result.of("welfare_gap", "competitive").values == std::vector<double>{2.0, 3.0});
  CHECK_FALSE(has_caveat(result, "divides negative welfare"));
}

TEST_CASE("price of anarchy: costs that are not above zero have none") {
  gbid::PriceOfAnarchyInput input = two_regimes({1.0, -2.0}, {-4.0, 0.0}, false);
  input.is_minus_cost = true;
  const auto result = gbid::price_of_anarchy(input);
  CHECK(std::isnan(result.of("price_of_anarchy", "competitive").values[0]));
  CHECK(std::isnan(result.of("price_of_anarchy", "competitive").values[1]));
  CHECK(result.comparisons[0].price_of_anarchy_reason == "not defined: a cost is not above 0");
  CHECK(has_caveat(result, "divides negative welfare"));
  CHECK(std::isnan(gbid::price_of(2.0, 1.0, true)));
  CHECK(gbid::price_of(2.0, 1.0, false) == 2.0);
}

namespace {

/// The trial's welfare comes to its end from this.
void let_drift(gbid::RegimeRecord& regime, std::size_t trial, double from) {
  regime.welfare.values[2 * trial] = from;
}

}  // namespace

TEST_CASE("price of anarchy: an end that has not settled has none, and the gap is marked") {
  gbid::PriceOfAnarchyInput input = two_regimes({10, 10, 10}, {5, 4, 2}, false);
  let_drift(input.regimes[1], 1, 3.0);
  const auto result = gbid::price_of_anarchy(input);
  const auto& price = result.of("price_of_anarchy", "competitive");
  CHECK(price.values[0] == 2.0);
  CHECK(std::isnan(price.values[1]));
  CHECK(price.values[2] == 5.0);
  CHECK(price.estimate.count == 2);
  CHECK_FALSE(result.of("price_of_anarchy_at_least", "competitive").is_known());
  const gbid::AnarchyComparison& pair = result.comparisons[0];
  CHECK(pair.is_converged == std::vector<bool>{true, false, true});
  CHECK(pair.price_of_anarchy_reason ==
        "known in 2 of 3 trials; in the others competitive has not converged");
  CHECK(result.of("welfare_gap", "competitive").values == std::vector<double>{5, 6, 8});
  CHECK(unconverged_ends(result, result.of("welfare_gap", "competitive")) ==
        "1 of 3 not converged");
  for (std::size_t t : {0, 2}) let_drift(input.regimes[1], t, 3.0);
  CHECK(gbid::price_of_anarchy(input).comparisons[0].price_of_anarchy_reason ==
        "not known: competitive has not converged");
}

TEST_CASE("price of anarchy: a planner on its way gives a lower bound, and only that") {
  gbid::PriceOfAnarchyInput input = two_regimes({10, 12}, {5, 6}, false);
  let_drift(input.regimes[0], 0, 9.0);
  const auto result = gbid::price_of_anarchy(input);
  CHECK(result.optimum ==
        std::vector<gbid::Optimum>{gbid::Optimum::kAtLeast, gbid::Optimum::kConverged});
  CHECK(std::isnan(result.of("price_of_anarchy", "competitive").values[0]));
  CHECK(result.of("price_of_anarchy", "competitive").values[1] == 2.0);
  CHECK(result.of("price_of_anarchy_at_least", "competitive").values[0] == 2.0);
  CHECK(std::isnan(result.of("price_of_anarchy_at_least", "competitive").values[1]));
  CHECK(result.comparisons[0].price_of_anarchy_reason ==
        "known in 1 of 2 trials; in the others the planner has not converged");
  // Of one game the highest planner's end counts, whichever trial it is of.
  input.is_game_shared = true;
  CHECK(gbid::price_of_anarchy(input).of("price_of_anarchy", "competitive").values ==
        std::vector<double>{2.4, 2.0});
  let_drift(input.regimes[0], 1, 9.0);
  const auto neither = gbid::price_of_anarchy(input);
  CHECK_FALSE(neither.of("price_of_anarchy", "competitive").is_known());
  CHECK(std::isnan(neither.comparisons[0].worst_price_of_anarchy));
}

TEST_CASE("price of anarchy: a closed form of the optimum takes the place of the planner's end") {
  gbid::PriceOfAnarchyInput input = two_regimes({45}, {1});
  let_drift(input.regimes[0], 0, 40.0);
  input.regimes[1].known_optimum = {250.5};
  const auto result = gbid::price_of_anarchy(input);
  CHECK(result.optimum[0] == gbid::Optimum::kClosedForm);
  CHECK(result.of("price_of_anarchy", "competitive").values[0] == 250.5);
  CHECK(result.comparisons[0].worst_price_of_anarchy == 250.5);
  CHECK(result.best_regime.empty());
  CHECK(result.best_found == 0);
  CHECK_FALSE(has_caveat(result, "the true optimum may be higher"));
  CHECK(result.contradictions.empty());
}

TEST_CASE("price of anarchy: an end above an exact optimum is an internal error") {
  gbid::PriceOfAnarchyInput input = two_regimes({4, 4}, {3, 4.001}, false);
  for (auto& regime : input.regimes) regime.known_optimum = {4, 4};
  const auto result = gbid::price_of_anarchy(input);
  REQUIRE(result.contradictions.size() == 1);
  CHECK(result.contradictions[0] ==
        "internal error, please report: competitive, trial 1 ended at welfare 4.001, above the "
        "optimum 4");
  CHECK(result.caveats.front().text == result.contradictions.front());
  // A planner of which no local optimum can hold it says the same, within its own error.
  input = two_regimes({-2, -2}, {-1.9, -1.9999}, false);
  input.is_minus_cost = true;
  input.planner_error = 1e-3;
  CHECK(gbid::price_of_anarchy(input).contradictions.empty());  // it has not met its own rule
  input.regimes[0].outcome.assign(2, gbid::TrialStatus::kSettled);
  CHECK(gbid::price_of_anarchy(input).contradictions.size() == 1);
}

TEST_CASE("price of anarchy: agents that were not asked in the window have not settled") {
  gbid::PriceOfAnarchyInput input = two_regimes({10}, {5});
  input.regimes[1].last["updates"] = table({{0.5, 1.0}});
  const auto result = gbid::price_of_anarchy(input);
  CHECK_FALSE(result.regimes[1].is_settled[0]);
  CHECK(has_caveat(result, "too few updates"));
  input.regimes[1].last["updates"] = table({{1.0, 1.0}});
  CHECK(gbid::price_of_anarchy(input).regimes[1].is_settled[0]);
}

TEST_CASE("price of anarchy: the unit of money changes nothing that has none") {
  const auto in_unit = [](double unit) {
    gbid::PriceOfAnarchyInput input = two_regimes({10, 12}, {5, 6}, false);
    let_drift(input.regimes[0], 0, 9.0);
    let_drift(input.regimes[1], 1, 6.001);
    for (auto& regime : input.regimes)
      for (double& value : regime.welfare.values) value *= unit;
    return gbid::price_of_anarchy(input);
  };
  const auto one = in_unit(1.0);
  for (const double unit : {0x1p-60, 0x1p-10, 0x1p20}) {  // powers of two scale without rounding
    const auto other = in_unit(unit);
    for (std::size_t r = 0; r < 2; ++r)
      CHECK(other.regimes[r].is_settled == one.regimes[r].is_settled);
    for (const char* name : {"price_of_anarchy", "price_of_anarchy_at_least"}) {
      const auto& a = one.of(name, "competitive").values;
      const auto& b = other.of(name, "competitive").values;
      for (std::size_t t = 0; t < a.size(); ++t)
        CHECK((a[t] == b[t] || (std::isnan(a[t]) && std::isnan(b[t]))));
    }
    CHECK(other.caveats == one.caveats);
  }
}
