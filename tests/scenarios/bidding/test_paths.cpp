// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What is recorded along the way suffices to check every update by hand.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "scenarios/play/play_in_memory.hpp"

using namespace gbid;

namespace {

constexpr Index kAgents = 4, kSteps = 12;
constexpr double kRate = 0.05;

PlayedTrial play(const std::string& market, const std::string& arrays, const std::string& schedule,
                 const std::string& learner = "sgd") {
  return play_in_memory(
      scenario_from_text(fmt::format(
          "steps = {}\n[market]\nagents = {}\n{}\n[learning]\nlearner = {{ kind = \"{}\", rate = "
          "{} "
          "}}\n[regimes.play]\nschedule = \"{}\"\n[record]\nevery = 1\ntrajectory = [{}]\n",
          kSteps, kAgents, market, learner, kRate, schedule, arrays)),
      0, 0);
}

/// Checks x(k + 1) = x(k) + rate g(k + 1), and that agents without a gradient did not move.
void check_updates(const std::vector<double>& path, const std::vector<double>& gradients,
                   Index bids, Index movers) {
  const Index width = kAgents * bids;
  REQUIRE(static_cast<Index>(path.size()) == (kSteps + 1) * width);
  REQUIRE(gradients.size() == path.size());
  double steepest = 0.0;
  for (Index k = 0; k < width; ++k)
    CHECK(std::isnan(gradients[static_cast<std::size_t>(k)]));  // the start follows no update
  for (Index step = 1; step <= kSteps; ++step) {
    Index moved = 0;
    for (Index k = 0; k < width; ++k) {
      const auto at = static_cast<std::size_t>(step * width + k);
      const double before = path[at - static_cast<std::size_t>(width)], g = gradients[at];
      moved += !std::isnan(g);
      steepest = std::fmax(steepest, std::fabs(g));
      CHECK(path[at] ==
            doctest::Approx(std::isnan(g) ? before : before + kRate * g).epsilon(1e-14));
    }
    CHECK(moved == movers * bids);
  }
  CHECK(steepest > 1e-3);
}

}  // namespace

TEST_CASE("paths: bids of a bid matrix move by the gradients that are recorded beside them") {
  const std::string market =
      "structure = \"bid_matrix\"\n[market.bids]\nshift = \"column_mean\"\n[market.payoff]\n"
      "utility = 1.0\nemission = 1.0";
  for (const bool is_everyone : {true, false}) {
    const PlayedTrial played =
        play(market, "\"raw_bid_path\", \"bid_path\", \"mask_path\", \"gradient_path\"",
             is_everyone ? "all_agents" : "one_random");
    check_updates(played.trajectory.at("raw_bid_path"), played.trajectory.at("gradient_path"),
                  kAgents, is_everyone ? kAgents : 1);
    // Bids and masks follow from raw bids: s = sigmoid(raw), W = s / sum, M = relu(W - column mean).
    const auto& raw = played.trajectory.at("raw_bid_path");
    const auto& bids = played.trajectory.at("bid_path");
    const auto& masks = played.trajectory.at("mask_path");
    const auto at = [](Index step, Index i, Index j) {
      return static_cast<std::size_t>((step * kAgents + i) * kAgents + j);
    };
    for (Index step = 0; step <= kSteps; ++step)
      for (Index i = 0; i < kAgents; ++i)
        for (Index j = 0; j < kAgents; ++j) {
          double total = 0.0, column = 0.0;
          for (Index k = 0; k < kAgents; ++k) {
            total += 1.0 / (1.0 + std::exp(-raw[at(step, i, k)]));
            column += bids[at(step, k, j)] / static_cast<double>(kAgents);
          }
          const double bid = 1.0 / (1.0 + std::exp(-raw[at(step, i, j)])) / total;
          CHECK(bids[at(step, i, j)] == doctest::Approx(bid).epsilon(1e-13));
          CHECK(masks[at(step, i, j)] ==
                doctest::Approx(std::max(0.0, bid - column)).epsilon(1e-12).scale(1e-3));
        }
  }
}

TEST_CASE(
    "paths: strategies of a classical game, too, with the gradient of a learner's last phase") {
  const std::string market =
      "structure = \"linear_quadratic\"\nbenefits = { values = [1.0, 2.0, 3.0, 4.0] }\n"
      "interaction = 0.1";
  for (const char* schedule : {"all_agents", "one_random"})
    for (const char* learner : {"sgd", "extragradient"}) {
      const PlayedTrial played =
          play(market, "\"strategies\", \"gradient_path\"", schedule, learner);
      check_updates(played.trajectory.at("strategies"), played.trajectory.at("gradient_path"), 1,
                    std::string(schedule) == "all_agents" ? kAgents : 1);
    }
}
