// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "scenarios/bidding/bid_structure.hpp"
#include "scenarios/equilibrium/payoff_range.hpp"
#include "scenarios/play/play_in_memory.hpp"

using namespace gbid;

namespace {

Certificate made(std::vector<double> payoff, std::vector<double> gain, double range) {
  Certificate certificate(static_cast<Index>(payoff.size()));
  certificate.payoff = std::move(payoff);
  certificate.gain = std::move(gain);
  certificate.payoff_range = range;
  return certificate;
}

}  // namespace

TEST_CASE("a gain is relative to payoffs, and where these vanish to a share of their range") {
  for (const double unit : {1.0, 0x1p-60, 0x1p40}) {
    CAPTURE(unit);
    CHECK(made({unit, -3.0 * unit}, {0.0, unit}, 8.0 * unit).relative_gain() == 0.5);
    // 1e-20 of a game whose payoffs are of order one is rounding.
    CHECK(made({0.0, 0.0}, {1e-20 * unit, 0.0}, 2.0 * unit).relative_gain() ==
          doctest::Approx(1e-20 / 2e-9).epsilon(1e-12));
    CHECK(made({0.0, 0.0}, {unit, 0.0}, 0.0).relative_gain() > 1e300);
    CHECK(made({0.0, 0.0}, {0.0, 0.0}, 0.0).relative_gain() == 0.0);
  }
}

TEST_CASE("the range of payoffs is that of the game, at a zero-sum game's rest as well") {
  // Matching pennies: at (0, 0) no agent's payoff depends on its own bid; at (1, 1) they are the
  // stake and minus it.
  for (const double stake : {1.0, 1e-9, 1e6}) {
    CAPTURE(stake);
    const Scenario scenario = scenario_from_text(
        fmt::format("steps = 0\ncertify = true\n[market]\nstructure = \"bilinear\"\nstake = {}\n"
                    "[regimes.competitive]\n",
                    stake));
    const auto at_rest = scenario.certify(0, 0, [](const std::string&) {
      return std::vector<double>{1e-9, -1e-9};
    });
    REQUIRE(at_rest);
    CHECK(at_rest->payoff_range == doctest::Approx(2.0 * stake).epsilon(1e-6));
    // The gain is 1e-9 of the stake, and mean payoffs of 1e-18 of it count as 2e-9, in every unit.
    CHECK(at_rest->relative_gain() == doctest::Approx(0.5).epsilon(1e-6));
  }
}
