// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <cmath>

#include "analysis/equilibria.hpp"
#include "analysis/report/equilibrium_report.hpp"
#include "analysis/report/report.hpp"
#include "tests/analysis/price_of_anarchy_fixture.hpp"

using namespace gbid;
using namespace gbid::test;

namespace {

const double kNone = std::nan("");

/// Ends whose largest gains are these, of two agents with a mean |payoff| of 1.
CertificateRecord gains(const std::vector<double>& largest, bool is_exact = true) {
  CertificateRecord record;
  record.largest_gain = record.relative_gain = record.nash_conv = largest;
  record.residual = record.curvature = std::vector<double>(largest.size(), 0.0);
  record.is_exact = std::vector<double>(largest.size(), is_exact ? 1.0 : 0.0);
  return record;
}

/// One game, five starts: two equilibria (at 4, twice, and at 2), one end that is none, a failure.
PriceOfAnarchyInput five_starts() {
  PriceOfAnarchyInput input = two_regimes({5.0, 3.0, 1.0, 4.0, 2.0}, {4.0, 2.0, 1.0, 4.0, kNone});
  input.regimes[1].certificate = gains({1e-6, 0.0, 0.5, 1e-4, kNone});
  input.regimes[1].final_payoff =
      table({{5.0, 3.0}, {2.0, 2.0}, {1.0, 1.0}, {5.0005, 2.9995}, {kNone, kNone}});
  input.regimes[1].outcome[4] = TrialStatus::kFailed;
  return input;
}

/// The section alone, without what its numbers mean.
std::string ends_report(const PriceOfAnarchyResult& result) {
  std::string definitions;
  return equilibrium_report(result, definitions);
}

}  // namespace

TEST_CASE("only ends within the tolerance are equilibria, and like payoffs are one equilibrium") {
  const EquilibriumResult found = price_of_anarchy(five_starts()).equilibria;
  REQUIRE(found.regimes.size() == 1);
  const CertifiedEnds& ends = found.regimes[0];
  CHECK(ends.examined == 4);
  CHECK(ends.equilibria == 3);
  CHECK(ends.is_exact);
  CHECK(ends.largest_epsilon == 1e-4);
  CHECK(ends.is_equilibrium == std::vector<bool>{true, true, false, true, false});
  REQUIRE(found.games.size() == 1);
  const GameEquilibria& game = found.games[0];
  REQUIRE(game.equilibria.size() == 2);
  CHECK(game.equilibria[0].welfare == 4.0);
  CHECK(game.equilibria[0].reached == 2);
  CHECK(game.equilibria[1].welfare == 2.0);
  // The end at 1 is not an equilibrium: it does not make anarchy dearer.
  CHECK(game.optimum == 5.0);
  CHECK(game.price_of_anarchy == 2.5);
  CHECK(game.price_of_stability == 1.25);
  CHECK(game.anarchy_gap == 3.0);
  CHECK(game.stability_gap == 1.0);
}

TEST_CASE("equal welfare with other payoffs is another equilibrium") {
  PriceOfAnarchyInput input = two_regimes({3.0, 3.0}, {2.0, 2.0});
  input.regimes[1].certificate = gains({0.0, 0.0});
  input.regimes[1].final_payoff = table({{1.0, 3.0}, {3.0, 1.0}});
  CHECK(price_of_anarchy(input).equilibria.games[0].equilibria.size() == 2);
  input.regimes[1].final_payoff = {};
  CHECK(price_of_anarchy(input).equilibria.games[0].equilibria.size() == 1);
}

TEST_CASE("games of several starts each are priced one by one, with an interval over games") {
  PriceOfAnarchyInput input = two_regimes({4.0, 2.0, 6.0, 9.0}, {2.0, 1.0, 3.0, 6.0}, false);
  input.trials_per_game = 2;
  input.regimes[1].certificate = gains({0.0, 0.0, 0.0, 0.0}, false);
  const PriceOfAnarchyResult result = price_of_anarchy(input);
  CHECK(result.best_known == std::vector<double>{4.0, 4.0, 9.0, 9.0});
  const EquilibriumResult& found = result.equilibria;
  REQUIRE(found.games.size() == 2);
  CHECK(found.games[0].price_of_anarchy == 4.0);
  CHECK(found.games[0].price_of_stability == 2.0);
  CHECK(found.games[1].price_of_anarchy == 3.0);
  CHECK(found.games[1].first_trial == 2);
  CHECK(result.of("price_of_anarchy").estimate.count == 2);
  CHECK(result.of("price_of_anarchy").estimate.mean == 3.5);
  CHECK(!found.regimes[0].is_exact);
}

TEST_CASE("no price is put on negative welfare, and a game without an equilibrium has none") {
  PriceOfAnarchyInput input = two_regimes({-1.0}, {-2.0});
  input.regimes[1].certificate = gains({0.0});
  const GameEquilibria negative = price_of_anarchy(input).equilibria.games[0];
  CHECK(std::isnan(negative.price_of_anarchy));
  CHECK(negative.anarchy_gap == 1.0);
  input.regimes[1].certificate = gains({1.0});
  const PriceOfAnarchyResult none = price_of_anarchy(input);
  CHECK(none.equilibria.games[0].equilibria.empty());
  CHECK(std::isnan(none.equilibria.games[0].anarchy_gap));
  const std::string text = text_report(none);
  CHECK(text.find("competitive: no end is an equilibrium") != std::string::npos);
  CHECK(text.find("Over equilibria") == std::string::npos);
}

TEST_CASE("a report says of how many agents it speaks, and that nothing was examined") {
  PriceOfAnarchyInput input = two_regimes({5.0}, {4.0});
  input.regimes[1].certificate = gains({0.0});
  input.regimes[1].certificate.agents = input.regimes[1].certificate.examined = 10;
  CHECK(ends_report(price_of_anarchy(input)).find("examined") == std::string::npos);
  input.regimes[1].certificate.examined = 3;
  CHECK(ends_report(price_of_anarchy(input)).find("3 of 10 agents were examined") !=
        std::string::npos);
  input.regimes[1].certificate = gains({std::nan("")});
  CHECK(ends_report(price_of_anarchy(input)).find("competitive: no end was examined") !=
        std::string::npos);
}

TEST_CASE("a report says whether ends are equilibria, are proved to be, or passed a search") {
  PriceOfAnarchyInput input = five_starts();
  const auto report = [&] { return ends_report(price_of_anarchy(input)); };
  CHECK(report().find("Which ends are equilibria") != std::string::npos);
  CertificateRecord& certificate = input.regimes[1].certificate;
  certificate = gains({1e-6, 0.0, 0.5, 1e-4, kNone}, false);
  certificate.search_starts = {64.0, 32.0, 64.0, 64.0, kNone};
  certificate.relative_bound = certificate.largest_bound = {kNone, kNone, kNone, kNone, kNone};
  std::string text = report();
  CHECK(text.find("may be equilibria (no agent was found to gain") != std::string::npos);
  CHECK(text.find("may be epsilon-equilibria") != std::string::npos);
  CHECK(text.find("a search of 32 starts an agent") != std::string::npos);
  for (const char* claim : {"are equilibria", "are epsilon-equilibria", "Over equilibria"})
    CHECK(text.find(claim) == std::string::npos);
  CHECK(price_of_anarchy(input).equilibria.regimes[0].proved == 0);
  // One of the three is bounded from above, then all are; a bound above the tolerance proves nothing.
  certificate.relative_bound = certificate.largest_bound = {8e-4, 2e-3, kNone, kNone, kNone};
  CHECK(price_of_anarchy(input).equilibria.regimes[0].proved == 1);
  CHECK(report().find("(1 proved") != std::string::npos);
  CHECK(report().find("are epsilon-equilibria") == std::string::npos);
  certificate.relative_bound = certificate.largest_bound = {8e-4, 9e-4, kNone, 1e-4, kNone};
  text = report();
  CHECK(text.find("3 of 4 ends are epsilon-equilibria, epsilon 0.0009000 at most (proved") !=
        std::string::npos);
  CHECK(text.find("Over equilibria") != std::string::npos);
}

TEST_CASE("ends that were refined count as they are after it, and how they ended is told") {
  PriceOfAnarchyInput input = five_starts();
  input.is_game_shared = true;
  input.regimes[1].refinement = {{1.0, 1.0, 2.0, 3.0, kNone},
                                 {3.0, 7.0, 5.0, 9.0, kNone},
                                 {6.0, 2.5, 1.0, 6.001, kNone},
                                 {},
                                 {}};
  const PriceOfAnarchyResult result = price_of_anarchy(input);
  const RefinedEnds& refined = result.equilibria.regimes[0].refined;
  CHECK(refined.ends == 4);
  CHECK(refined.at_rest == 2);
  CHECK(refined.cycles == 1);
  CHECK(refined.best_reached == 2);
  CHECK(refined.median_moves == 7.0);
  // The end of a trial is that of the moves, converged where they came to rest.
  CHECK(result.regimes[1].welfare[0] == 6.0);
  CHECK(result.regimes[1].is_settled[0]);
  CHECK(!result.regimes[1].is_settled[2]);
  const GameEquilibria& game = result.equilibria.games[0];
  CHECK(game.optimum == 6.001);
  CHECK(game.equilibria.back().welfare == 2.5);
  CHECK(ends_report(result).find("agents moved to better responses: 2 of 4") != std::string::npos);
}

TEST_CASE(
    "ends at the value of a zero-sum game are one equilibrium, and tiny numbers are told as ~0") {
  PriceOfAnarchyInput input = two_regimes({-1e-282, -3e-20}, {-2e-41, -4e-312});
  input.regimes[0].objective = "own_payoff";
  for (RegimeRecord& regime : input.regimes) {
    regime.welfare.values[0] = -0.05;  // where it began
    regime.welfare.values[2] = -0.04;
    regime.certificate = gains({1e-301, 1e-33});
  }
  const PriceOfAnarchyResult result = price_of_anarchy(input);
  REQUIRE(result.equilibria.games.size() == 1);
  CHECK(result.equilibria.games[0].equilibria.size() == 1);
  const std::string text = text_report(result);
  CHECK(text.find("~0") != std::string::npos);
  for (const char* tiny : {"e-282", "e-312", "e-301", "e-20", "e-41", "e-33"})
    CHECK(text.find(tiny) == std::string::npos);
  // The same beside payoffs that are as small: nothing is rounding.
  PriceOfAnarchyInput small = two_regimes({3e-20, 3e-20}, {2e-20, 1e-20});
  small.regimes[1].certificate = gains({0.0, 0.0});
  CHECK(price_of_anarchy(small).equilibria.games[0].equilibria.size() == 2);
  CHECK(text_report(price_of_anarchy(small)).find("3.000e-20") != std::string::npos);
}

TEST_CASE("a gain beside payoffs that nearly vanish is told in words") {
  PriceOfAnarchyInput input = two_regimes({5.0}, {4.0});
  input.regimes[0].certificate = gains({0.06});
  input.regimes[0].certificate.relative_gain = {2.174e7};
  const std::string text = text_report(price_of_anarchy(input));
  CHECK(text.find("> 1e6") != std::string::npos);
  CHECK(text.find("2.174e+07") == std::string::npos);
}

TEST_CASE("a planner's end that is an equilibrium counts towards the price of stability") {
  PriceOfAnarchyInput input = two_regimes({5.0}, {4.0});
  input.regimes[0].certificate = gains({0.0});
  input.regimes[1].certificate = gains({0.0});
  const GameEquilibria game = price_of_anarchy(input).equilibria.games[0];
  CHECK(game.price_of_stability == 1.0);
  CHECK(game.price_of_anarchy == 1.25);
}

TEST_CASE("a report says what nothing certifies, and stops saying so where something does") {
  PriceOfAnarchyInput input = five_starts();
  const std::string certified = text_report(price_of_anarchy(input));
  CHECK(certified.find("3 of 4 ends are epsilon-equilibria, epsilon 0.0001000 at most") !=
        std::string::npos);
  CHECK(certified.find("nothing here certifies") == std::string::npos);
  CHECK(certified.find("1 of 4 ends of competitive are not equilibria") != std::string::npos);
  std::size_t begin = 0;
  while (begin < certified.size()) {  // no line is wider than a terminal
    const std::size_t end = certified.find('\n', begin);
    CHECK(end - begin <= 110);
    begin = end + 1;
  }
  input.regimes[1].certificate = {};
  const std::string bare = text_report(price_of_anarchy(input));
  CHECK(bare.find("nothing here certifies that the competitive end point is an equilibrium") !=
        std::string::npos);
  CHECK(bare.find("NashConv") == std::string::npos);
}

TEST_CASE("a bound from theory is told beside what was found") {
  PriceOfAnarchyInput input = two_regimes({4.0}, {3.0});
  input.regimes[1].certificate = gains({0.0});
  CHECK(text_report(price_of_anarchy(input)).find("theory:") == std::string::npos);
  input.theory_bound = 4.0 / 3.0;
  input.theory_source = "Johari and Tsitsiklis, 2004";
  CHECK(text_report(price_of_anarchy(input))
            .find("theory: the price of anarchy is at most 1.333 (Johari and Tsitsiklis, 2004)") !=
        std::string::npos);
}

TEST_CASE("over equilibria a planner on its way gives bounds, and the closed form what is known") {
  PriceOfAnarchyInput input = two_regimes({45.53}, {1.0});
  input.regimes[0].welfare.values = {40.0, 45.53};
  input.regimes[0].certificate = gains({0.5});
  input.regimes[1].certificate = gains({0.0});
  const PriceOfAnarchyResult result = price_of_anarchy(input);
  const GameEquilibria bound = result.equilibria.games[0];
  CHECK(std::isnan(bound.price_of_anarchy));
  CHECK(std::isnan(bound.price_of_stability));
  CHECK(bound.price_of_anarchy_at_least == 45.53);
  CHECK(bound.price_of_stability_at_least == 45.53);
  CHECK(result.equilibria.regimes[0].unconverged == 1);  // neither settled nor an equilibrium
  CHECK(result.equilibria.regimes[1].unconverged == 0);
  const std::string text = text_report(result);
  CHECK(text.find("price of anarchy, at least") != std::string::npos);
  CHECK(text.find("gap to worst equilibrium, at least in 1 of 1") != std::string::npos);
  CHECK(text.find("coordinated: no end is an equilibrium; 1 of 1 had not converged") !=
        std::string::npos);
  CHECK(json_report(result).find(
            "\"price_of_anarchy_not_known\": \"the planner has not converged\"") !=
        std::string::npos);
  input.regimes[0].known_optimum = {250.5};
  const GameEquilibria known = price_of_anarchy(input).equilibria.games[0];
  CHECK(known.optimum == 250.5);
  CHECK(known.price_of_anarchy == 250.5);
  CHECK(std::isnan(known.price_of_anarchy_at_least));
}
