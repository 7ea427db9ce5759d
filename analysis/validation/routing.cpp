// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Selfish routing: networks whose equilibrium and optimum can be written down.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/validation/played.hpp"
#include "engine/random/stream.hpp"
#include "scenarios/routing/latency.hpp"

namespace gbid {
namespace {

// Gaps of 1e-12 leave flows and costs of about 1 wrong by 1e-6 at most: an optimum is flat, so that
// its flows are known to the root of what its cost is.
constexpr double kRoutingTolerance = 1e-6;

/// From a random start.
PlayedPair play(const std::string& network) {
  return play_pair(
      "steps = 100\n[market]\nstructure = \"selfish_routing\"\nstart = \"random\"\nnetwork = " +
      network +
      "\n[learning]\nuntil = \"settled\"\n[regimes.competitive]\n[regimes.coordinated]\nobjective "
      "= \"mean_payoff\"\n[record]\nevery = 1\n");
}

Check total(const std::string& of, const PlayedTrial& played, double exact) {
  return {of, played.scalar("total_travel_time"), exact, kRoutingTolerance * exact};
}

ValidationCase pigou(int degree) {
  return {
      "routing", fmt::format("Pigou, degree {}", degree), "Roughgarden, 2003", [degree] {
        const PlayedPair ends = play(fmt::format("{{ kind = \"pigou\", degree = {}.0 }}", degree));
        const double d = degree, at_optimum = std::pow(1.0 / (d + 1.0), 1.0 / d);
        return std::vector<Check>{{"flow on x^d, equilibrium",
                                   ends.competitive.last("link_flow")[1], 1.0, kRoutingTolerance},
                                  {"flow on x^d, optimum", ends.coordinated.last("link_flow")[1],
                                   at_optimum, kRoutingTolerance},
                                  {"price of anarchy", ends.price_of_anarchy("total_travel_time"),
                                   routing::price_of_anarchy_bound(d), kRoutingTolerance}};
      }};
}

/// Links a1 x + b1 and a2 x + b2, demand 1.
ValidationCase two_links(const std::string& game, double a1, double b1, double a2, double b2) {
  return {"routing", game, "Pigou, 1920; affine latencies", [=] {
            const PlayedPair ends = play(
                fmt::format("{{ kind = \"two_link\", a1 = {:f}, b1 = {:f}, a2 = {:f}, b2 = {:f} }}",
                            a1, b1, a2, b2));
            const double x = std::clamp((a2 + b2 - b1) / (a1 + a2), 0.0, 1.0);
            const double best = std::clamp((2.0 * a2 + b2 - b1) / (2.0 * (a1 + a2)), 0.0, 1.0);
            const auto cost = [&](double f) {
              return f * (a1 * f + b1) + (1.0 - f) * (a2 * (1.0 - f) + b2);
            };
            return std::vector<Check>{
                {"flow, equilibrium", ends.competitive.last("link_flow")[0], x, kRoutingTolerance},
                {"flow, optimum", ends.coordinated.last("link_flow")[0], best, kRoutingTolerance},
                {"price of anarchy", ends.price_of_anarchy("total_travel_time"),
                 cost(x) / cost(best), kRoutingTolerance}};
          }};
}

ValidationCase braess(bool has_shortcut) {
  return {"routing", has_shortcut ? "Braess" : "Braess without the shortcut", "Braess, 1968",
          [has_shortcut] {
            const PlayedPair ends =
                play(fmt::format("{{ kind = \"braess\", shortcut = {} }}", has_shortcut));
            const double cost = has_shortcut ? 2.0 : 1.5;
            return std::vector<Check>{
                total("total travel time, equilibrium", ends.competitive, cost),
                total("total travel time, optimum", ends.coordinated, 1.5),
                {"price of anarchy", ends.price_of_anarchy("total_travel_time"), cost / 1.5,
                 kRoutingTolerance}};
          }};
}

/// Six trips; all three routes are used at the equilibrium.
ValidationCase braess_of_six() {
  return {"routing", "Braess, six trips", "TransportationNetworks, Braess example", [] {
            const PlayedPair ends = play(
                "{ kind = \"links\", nodes = 4, demands = [\"1 2: 6\"], links = "
                "[\"1 3: bpr 1e-8 1e9 1 1\", \"1 4: bpr 50 0.02 1 1\", \"3 2: bpr 50 0.02 1 1\", "
                "\"3 4: bpr 10 0.1 1 1\", \"4 2: bpr 1e-8 1e9 1 1\"] }");
            return std::vector<Check>{
                total("total travel time, equilibrium", ends.competitive, 552.0),
                total("total travel time, optimum", ends.coordinated, 498.0),
                {"price of anarchy", ends.price_of_anarchy("total_travel_time"), 552.0 / 498.0,
                 kRoutingTolerance}};
          }};
}

}  // namespace

std::vector<ValidationCase> routing_cases() {
  std::vector<ValidationCase> cases;
  for (const int degree : {1, 2, 4}) cases.push_back(pigou(degree));
  cases.push_back(two_links("two affine links", 2.0, 0.2, 1.0, 0.5));
  cases.push_back(two_links("two affine links, one in use", 0.5, 0.0, 1.0, 2.0));
  constexpr std::uint64_t kDraws = 8;
  for (std::uint64_t draw = 0; draw < kDraws; ++draw) {
    Stream stream({.seed = 1, .purpose = Purpose::kContribution, .agent = draw});
    const auto number = [&] { return std::round(1e4 * 2.0 * stream.uniform()) / 1e4; };
    const double a1 = number() + 0.01, b1 = number(), a2 = number() + 0.01, b2 = number();
    cases.push_back(two_links(fmt::format("two affine links, draw {}", draw), a1, b1, a2, b2));
  }
  cases.push_back(braess(true));
  cases.push_back(braess(false));
  cases.push_back(braess_of_six());
  return cases;
}

}  // namespace gbid
