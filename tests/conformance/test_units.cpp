// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Counting money in another unit changes no verdict, no relative number, and no path but its scale.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <map>

#include "scenarios/loading/registry.hpp"
#include "scenarios/play/play_in_memory.hpp"
#include "tests/conformance/small_scenario.hpp"

using namespace gbid;
using gbid::test::small;

namespace {

// About 1e-9, 1e-3 and 1e6. Powers of two scale without rounding, so that every bit must agree: a
// constant that is not in the game's own scale shows at once.
constexpr double kUnits[] = {0x1p-30, 0x1p-10, 0x1p20};

/// What payoffs and bids are multiplied by.
struct Unit {
  double payoff = 1.0, bid = 1.0;
};

/// A market whose money is counted in another unit.
struct InUnit {
  Unit unit;
  std::vector<std::string> keys;
};
using Scaled = std::function<InUnit(double)>;

/// Bids that are amounts of the same unit, from a tenth to four tenths of it.
std::string start(double unit) {
  return fmt::format("agents.initial_bids={{kind=\"uniform\",low={:.17g},high={:.17g}}}",
                     0.1 * unit, 0.4 * unit);
}

std::string set(const char* key, double value) { return fmt::format("{}={:.17g}", key, value); }

const std::multimap<std::string, Scaled> kScaled{
    {"bid_matrix",
     [](double c) {
       return InUnit{{c, 1.0},
                     {set("market.payoff.utility", c), set("market.payoff.emission", c),
                      set("market.payoff.divergence", -0.5 * c)}};
     }},
    {"proportional_share",
     [](double c) {
       return InUnit{{c, c},
                     {fmt::format("market.slopes={{kind=\"random\",low={:.17g},high={:.17g}}}",
                                  0.5 * c, 2.0 * c),
                      start(c)}};
     }},
    {"tullock",
     [](double c) {
       return InUnit{{c, c}, {set("market.prizes", c), start(c)}};
     }},
    // Prices and money.
    {"cournot",
     [](double c) {
       return InUnit{{c, 1.0},
                     {set("market.intercept", c), set("market.slope", c),
                      set("market.costs", 0.1 * c), start(1.0)}};
     }},
    // Prices and goods.
    {"cournot",
     [](double c) {
       return InUnit{{c * c, c},
                     {set("market.intercept", c), set("market.costs", 0.1 * c), start(c)}};
     }},
    {"bertrand",
     [](double c) {
       return InUnit{{c * c, c},
                     {set("market.intercept", c), set("market.costs", 0.1 * c), start(c)}};
     }},
    {"common_pool",
     [](double c) {
       return InUnit{{c * c, c}, {set("market.capacity", c), start(c)}};
     }},
    {"linear_quadratic",
     [](double c) {
       return InUnit{{c * c, c}, {set("market.benefits", c), start(c)}};
     }},
    {"bilinear",
     [](double c) {
       return InUnit{{c, 1.0},
                     {set("market.stake", c), set("market.damping", 0.1 * c), start(1.0)}};
     }},
    {"selfish_routing",
     [](double c) {
       return InUnit{
           {c, 1.0},
           {fmt::format("market.network={{kind=\"links\",nodes=3,links=[\"1 2: 0 {0:.17g}\",\"1 2: "
                        "bpr {1:.17g} 0.15 1 4\",\"2 3: bpr {0:.17g} 0.15 2 4\",\"1 3: {2:.17g} "
                        "{0:.17g}\"],demands=[\"1 3: 4\",\"1 2: 1.5\"]}}",
                        c, 2.0 * c, 2.5 * c)}};
     }},
};

/// Structures that are not scaled here, and why.
const std::map<std::string, std::string> kWithoutUnit{
    {"mixture_of_experts",
     "payoffs are losses of a classifier, in nats, and shares of a unit vector"},
    {"layered_flow", "payoffs are losses of a classifier, in nats"},
    {"auction", "bid functions are learned in the scale of the prior: tests/scenarios/auctions"},
};

/// A learner that does the same in that unit: what its numbers depend on. A gradient has the unit of
/// payoffs divided by that of bids.
const std::map<std::string, std::function<std::string(const Unit&)>> kLearners{
    {"sgd", [](const Unit& u) { return set("rate", 0.05 * u.bid * u.bid / u.payoff); }},
    {"momentum", [](const Unit& u) { return set("rate", 0.01 * u.bid * u.bid / u.payoff); }},
    {"optimistic", [](const Unit& u) { return set("rate", 0.05 * u.bid * u.bid / u.payoff); }},
    {"extragradient", [](const Unit& u) { return set("rate", 0.05 * u.bid * u.bid / u.payoff); }},
    {"two_timescale", [](const Unit& u) { return set("rate", 0.05 * u.bid * u.bid / u.payoff); }},
    {"adam",
     [](const Unit& u) {
       return set("rate", 0.01 * u.bid) + "," + set("epsilon", 1e-8 * u.payoff / u.bid);
     }},
    {"best_response", [](const Unit&) { return set("rate", 0.5); }},
    {"natural", [](const Unit&) { return set("rate", 0.05); }},
};

bool takes(const std::string& structure, const std::string& learner) {
  const bool has_exact_responses = structure != "bid_matrix" && structure != "selfish_routing";
  if (learner == "natural") return structure == "auction";
  return learner != "best_response" || has_exact_responses;
}

PlayedTrial play(const StructureEntry& entry, const InUnit& in, const std::string& learner,
                 const char* objective) {
  std::vector<std::string> sets = {
      "steps=60", "record.every=5", "record.trajectory=[\"payoff\"]",
      "record.final=[\"certificate\"]",
      fmt::format("regimes={{play={{objective=\"{}\",learner={{kind=\"{}\",{}}}}}}}", objective,
                  learner, kLearners.at(learner)(in.unit))};
  sets.insert(sets.end(), in.keys.begin(), in.keys.end());
  return play_in_memory(small(entry, sets), 0, 0);
}

/// Whether every value of b is that of a times the unit.
bool is_scaled(const std::vector<double>& a, const std::vector<double>& b, double unit) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [&](double x, double y) {
           return x * unit == y || (std::isnan(x) && std::isnan(y));
         });
}

}  // namespace

TEST_CASE("every market: in another unit of money the same path, and the same verdict on its end") {
  for (const StructureEntry& entry : structures()) {
    CAPTURE(entry.name);
    CHECK((kScaled.count(entry.name) > 0) != (kWithoutUnit.count(entry.name) > 0));
    const auto [first, last] = kScaled.equal_range(entry.name);
    for (auto scaled = first; scaled != last; ++scaled)
      for (const auto& learner : learner_kinds().core().all())
        for (const char* objective : {"own_payoff", "mean_payoff"}) {
          CAPTURE(learner.name);
          CAPTURE(objective);
          REQUIRE(kLearners.count(learner.name) == 1);
          if (!takes(entry.name, learner.name)) continue;
          // Only agents that go for their own payoff have best responses to move to.
          if (learner.name == "best_response" && std::string(objective) != "own_payoff") continue;
          const PlayedTrial one = play(entry, scaled->second(1.0), learner.name, objective);
          REQUIRE(one.result.end != RunResult::End::kFailed);
          const std::vector<double>& welfare = one.trajectory.at("welfare");
          const bool is_constant = entry.name == "bilinear";  // its agents' payoffs do move
          CHECK((is_constant || welfare.front() != welfare.back()));
          for (const double c : kUnits) {
            CAPTURE(c);
            const InUnit in = scaled->second(c);
            const PlayedTrial other = play(entry, in, learner.name, objective);
            CHECK(is_scaled(welfare, other.trajectory.at("welfare"), in.unit.payoff));
            CHECK(is_scaled(one.trajectory.at("payoff"), other.trajectory.at("payoff"),
                            in.unit.payoff));
            if (one.scalar("is_exact") == 1.0) {
              CHECK(is_scaled(one.last("gain"), other.last("gain"), in.unit.payoff));
              CHECK(one.last("relative_gain") == other.last("relative_gain"));
            } else {
              // A search takes its first steps by the size of the gradient, and so others in another
              // unit: what it finds is as good to a hundredth.
              CHECK(other.scalar("relative_gain") ==
                    doctest::Approx(one.scalar("relative_gain")).epsilon(0.01));
            }
            CHECK(one.scalar("is_exact") == other.scalar("is_exact"));
            CHECK(one.scalar("payoff_range") * in.unit.payoff == other.scalar("payoff_range"));
          }
        }
  }
}

TEST_CASE("a planner's end is no equilibrium of Cournot's game, with prices in millionths either") {
  for (const double unit : {1.0, 1e-6, 1e6}) {
    CAPTURE(unit);
    const Scenario scenario = scenario_from_text(fmt::format(R"(
seed = 1
steps = 2000
certify = true
[market]
structure = "cournot"
agents = 3
intercept = {0:.17g}
[agents]
initial_bids = {{ kind = "uniform", low = {1:.17g}, high = {2:.17g} }}
[learning]
learner = {{ kind = "sgd", rate = 0.05 }}
[regimes.competitive]
[regimes.coordinated]
objective = "mean_payoff"
[record]
every = 50
)",
                                                             unit, 0.1 * unit, 0.4 * unit));
    // The planner's price is zero and so are payoffs, while a firm that sells half of its third alone
    // earns a 36th of the intercept squared.
    CHECK(play_in_memory(scenario, "coordinated", 0).scalar("relative_gain") > 0.001);
    CHECK(play_in_memory(scenario, "competitive", 0).scalar("relative_gain") < 1e-9);
  }
}

TEST_CASE(
    "an auction's start is no equilibrium, with values up to a millionth of a millionth either") {
  std::vector<double> gains;
  for (const double high : {1.0, 1e-12}) {
    const Scenario scenario = scenario_from_text(fmt::format(R"(
steps = 0
certify = true
[market]
structure = "auction"
bidders = 2
format = "first_price"
prior = {{ kind = "uniform", low = [0.0], high = [{:.17g}] }}
[regimes.competitive]
)",
                                                             high));
    gains.push_back(play_in_memory(scenario, 0, 0).scalar("relative_gain"));
  }
  CHECK(gains[0] > 0.1);
  CHECK(gains[1] == doctest::Approx(gains[0]).epsilon(1e-6));  // searched to a share of the range
}
