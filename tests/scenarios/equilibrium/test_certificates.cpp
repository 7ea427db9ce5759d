// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <cmath>

#include "scenarios/play/play_in_memory.hpp"

using namespace gbid;

namespace {

std::string certified(const std::string& more) {
  return R"(
trials = 4
steps = 300
certify = true
[market]
structure = "bid_matrix"
agents = 9
[market.payoff]
utility = 1.0
emission = 1.0
divergence = -0.5
[learning]
learner = { kind = "adam", rate = 0.05 }
[regimes.competitive]
[record]
trajectory = ["payoff"]
final = ["raw_bids", "bids"]
)" + more;
}

}  // namespace

TEST_CASE("trials of one game differ in their starts only, and another game comes after them") {
  const Scenario scenario = scenario_from_text("starts = 2\n" + certified(""));
  // The contribution is not recorded: what it does to the payoff of equal bids is.
  const auto ends = [&](Index trial) { return play_in_memory(scenario, 0, trial); };
  const PlayedTrial first = ends(0), second = ends(1), third = ends(2);
  CHECK(first.last("raw_bids") != second.last("raw_bids"));
  const StateReader read = [&](const std::string& name) { return first.last(name); };
  const auto same = scenario.certify(0, 1, read), other = scenario.certify(0, 2, read);
  REQUIRE(same);
  REQUIRE(other);
  // Trial 0's end is as good in trial 1's game, and worth something else in trial 2's.
  CHECK(same->payoff == scenario.certify(0, 0, read)->payoff);
  CHECK(other->payoff != same->payoff);
  CHECK(first.last("gain") == same->gain);
}

TEST_CASE("an end is certified alike from its raw bids and from its bids") {
  const Scenario scenario = scenario_from_text(certified(""));
  const PlayedTrial played = play_in_memory(scenario, 0, 0);
  const auto from = [&](const std::string& only) {
    return scenario.certify(0, 0, [&](const std::string& name) {
      return name == only ? played.last(name) : std::vector<double>();
    });
  };
  const auto raw = from("raw_bids"), bids = from("bids");
  REQUIRE(raw);
  REQUIRE(bids);
  CHECK(!from("mask"));
  for (std::size_t i = 0; i < raw->gain.size(); ++i) {
    CHECK(bids->payoff[i] == doctest::Approx(raw->payoff[i]).epsilon(1e-12));
    CHECK(std::fabs(bids->gain[i] - raw->gain[i]) < 1e-9);
  }
}
