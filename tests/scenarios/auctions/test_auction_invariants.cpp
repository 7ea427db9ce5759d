// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What holds of every auction of one item, whatever is bid and in whatever unit.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "engine/random/stream.hpp"
#include "scenarios/auctions/formats/known_bids.hpp"
#include "scenarios/auctions/formats/multi_unit.hpp"
#include "scenarios/auctions/formats/single_item.hpp"
#include "scenarios/play/play_in_memory.hpp"
#include "temporary_folder.hpp"

using namespace gbid;
using namespace gbid::auctions;
using doctest::Approx;

namespace {

constexpr Index kNodes = 501, kCells = 1000;

/// Half of the mass on either value, but for one step of a thousand between them.
Prior two_values(double low, double high) {
  std::vector<double> values(500, low);
  values.resize(1000, high);
  return Prior::given(values);
}

struct Played {
  std::vector<TypeGrid> on;
  Strategies bids;
  std::unique_ptr<Clearing> clearing;
};

Played played(const Format& format, const std::function<double(Index, Index, double)>& bid) {
  Played all;
  for (Index i = 0; i < format.agents(); ++i) {
    all.on.push_back(format.grid(i, kNodes));
    all.bids.emplace_back(all.on.back().count(), format.bids_per_agent());
    for (Index k = 0; k < all.on.back().count(); ++k)
      for (double& one : all.bids.back().row_span(k)) one = bid(i, k, all.on.back().type(k)[0]);
  }
  all.clearing = format.clearing(all.on, kCells);
  all.clearing->prepare(all.bids);
  all.clearing->tabulate();
  return all;
}

/// Whether values move by a twentieth of the highest from one node to the next.
bool jumps(const TypeGrid& grid) {
  for (Index k = 1; k < grid.count(); ++k)
    if (grid.type(k)[0] - grid.type(k - 1)[0] > 0.05 * grid.type(grid.count() - 1)[0]) return true;
  return false;
}

}  // namespace

TEST_CASE("auctions: whatever is bid, the surplus is at most that of the best allocation") {
  const Prior priors[] = {Prior::uniform(0.0, 1.0),
                          Prior::power(0.5, 1.0, 0.5),
                          Prior::power(0.0, 1.0, 2.0),
                          Prior::gaussian(0.0, 1.0, 0.4, 0.2),
                          two_values(0.2, 0.8),
                          Prior::given({0.0, 0.0, 0.0, 1.0}),
                          Prior::given({0.3, 0.5, 0.5, 1.0})};
  Stream stream({.seed = 5, .purpose = Purpose::kInitialBids});
  const std::function<double(Index, Index, double)> ways[] = {
      [](Index, Index, double v) { return 0.5 * v; },              // atoms tie
      [](Index, Index, double) { return 0.6; },                    // all tie
      [](Index, Index, double v) { return v < 0.5 ? 0.5 : 0.7; },  // two ties
      [](Index i, Index, double v) { return 0.5 * v + 1e-9 * static_cast<double>(i); },
      [](Index, Index, double v) { return 1.0 - 0.5 * v; },  // the lowest value wins
      [&](Index, Index, double) { return 0.5 + 0.5 * stream.uniform(); }};
  double highest = 0.0;
  for (const Prior& prior : priors)
    for (const Payment payment :
         {Payment::kOwnBid, Payment::kSecondBid, Payment::kThirdBid, Payment::kAllPay})
      for (const Index n : {2, 3, 7}) {
        if (payment == Payment::kThirdBid && n < 3) continue;
        const SingleItem format({.payment = payment},
                                std::vector<Prior>(static_cast<std::size_t>(n), prior));
        for (const auto& way : ways) {
          const Played all = played(format, way);
          const double efficiency = all.clearing->surplus() / format.first_best();
          // The values' quantiles are linear between the nodes, the error is of second order.
          // Where values jump between two nodes, it is a space between them times the jump.
          CHECK(efficiency <= 1.0 + (jumps(all.on[0]) ? 2e-4 : 4.0 / (500.0 * 500.0)));
          highest = std::max(highest, efficiency);
        }
      }
  CHECK(highest > 1.0 - 1e-4);
}

TEST_CASE("auctions: bidders that bid alike win alike, and share the value") {
  for (const Index n : {2, 3, 5, 30}) {
    const SingleItem format(
        {}, std::vector<Prior>(static_cast<std::size_t>(n), Prior::uniform(0.0, 1.0)));
    const Played all = played(format, [](Index, Index, double) { return 0.25; });
    const double bid = 0.25;
    for (Index i = 0; i < n; ++i)  // value 1 at node 500
      CHECK(all.clearing->utility(i, kNodes - 1, {&bid, 1}) ==
            Approx(0.75 / static_cast<double>(n)).epsilon(1e-9));
    CHECK(all.clearing->surplus() == Approx(0.5).epsilon(1e-9));
    // The cell of the common bid ends a thousandth of the range above it.
    CHECK(all.clearing->revenue() == Approx(0.25).epsilon(1e-3));
  }
}

TEST_CASE("auctions: two values, half of the mass on either, are worth 0.65 at most") {
  const SingleItem format({}, std::vector<Prior>(2, two_values(0.2, 0.8)));
  // One step of 999 lies between the values.
  CHECK(format.first_best() == Approx(0.65).epsilon(1e-3));
  // The lowest value is the least bid that can win.
  for (const double least : {0.2, 0.25}) {
    const Played all =
        played(format, [=](Index, Index, double v) { return least + 0.4 * (v - 0.2); });
    CHECK(all.clearing->surplus() == Approx(format.first_best()).epsilon(1e-4));
    const double low = least, high = least + 0.24;
    CHECK(all.clearing->utility(0, 0, {&low, 1}) == Approx((0.2 - low) * 0.25).epsilon(5e-3));
    CHECK(all.clearing->utility(0, kNodes - 1, {&high, 1}) ==
          Approx((0.8 - high) * 0.75).epsilon(5e-3));
  }
}

TEST_CASE("discriminatory: equal bids of both bidders share the units") {
  const auto format = multi_unit({.payment = MultiUnitRules::Payment::kDiscriminatory,
                                  .falls = false,
                                  .values = two_values(0.2, 0.8)});
  const Played all = played(*format, [](Index, Index, double v) { return 0.5 * v; });
  CHECK(all.clearing->surplus() == Approx(format->first_best()).epsilon(2e-3));
}

TEST_CASE("auctions: an equilibrium is known of no prior with atoms but where the truth is one") {
  const auto known = [](Payment payment, const Prior& prior) {
    return SingleItem({.payment = payment}, std::vector<Prior>(3, prior)).equilibria().size();
  };
  const Prior distinct = Prior::given({0.1, 0.4, 0.5, 1.0}), atoms = two_values(0.2, 0.8);
  for (const Payment payment : {Payment::kOwnBid, Payment::kAllPay}) {
    CHECK(known(payment, distinct) == 1);
    CHECK(known(payment, atoms) == 0);
  }
  CHECK(known(Payment::kSecondBid, atoms) == 1);
  // The third price needs a density that does not jump.
  CHECK(known(Payment::kThirdBid, distinct) == 0);
  CHECK(known(Payment::kThirdBid, Prior::power(0.0, 1.0, 2.0)) == 1);
}

TEST_CASE("auctions: known bids are exact where F begins like a root") {
  const std::vector<Prior> roots(2, Prior::power(0.0, 1.0, 0.5));
  for (const double v : {1e-4, 0.01, 0.5, 1.0})
    CHECK(*known_bid({}, roots, 0, v) == Approx(v / 3.0).epsilon(1e-12));
  // Given numbers: F is linear between them, here of (0, 1/2, 1) at (0, 0.2, 1).
  const std::vector<Prior> given(2, Prior::given({0.0, 0.2, 1.0}));
  // v - int_0^v F / F(v) at v = 1: 1 - (0.05 + 0.6).
  CHECK(*known_bid({}, given, 0, 1.0) == Approx(1.0 - 0.65).epsilon(1e-12));
  CHECK(*known_bid({}, given, 0, 0.2) == Approx(0.1).epsilon(1e-12));
  // A narrow normal distribution, against 200 000 trapezia.
  const Prior normal = Prior::gaussian(0.0, 1.0, 0.6, 0.02);
  const double v = 0.62;
  double sum = 0.0;
  constexpr int kParts = 200000;
  for (int k = 0; k < kParts; ++k)
    sum += std::pow(normal.distribution(v * (k + 0.5) / kParts) / normal.distribution(v), 2.0);
  CHECK(*known_bid({}, std::vector<Prior>(3, normal), 0, v) ==
        Approx(v - sum * v / kParts).epsilon(1e-9));
}

TEST_CASE("auctions: the best allocation's worth is exact for any prior") {
  const auto best = [](const Prior& prior, std::size_t n) {
    return SingleItem({}, std::vector<Prior>(n, prior)).first_best();
  };
  CHECK(best(Prior::power(0.0, 1.0, 0.5), 1) == Approx(1.0 / 3.0).epsilon(1e-12));
  CHECK(best(Prior::power(10.0, 10.3, 2.0), 5) == Approx(10.0 + 0.3 * 10.0 / 11.0).epsilon(1e-13));
  CHECK(best(Prior::given({0.0, 0.2, 1.0}), 1) == Approx(0.35).epsilon(1e-13));
}

TEST_CASE("auctions: counted in another unit of money, an auction is the same auction") {
  const auto play = [](const std::string& format, double unit, double low, double reserve) {
    return play_in_memory(
        scenario_from_text(fmt::format(
            "steps = 60\n[market]\nstructure = \"auction\"\nbidders = 3\nformat = {}\nprior = {{ "
            "kind = \"power\", low = [{}], high = [{}], exponent = [1.5] }}\nlearning = {{ nodes = "
            "64, cells = 128 }}\nevaluation = {{ nodes = 200, cells = 256 }}\n"
            "[regimes.play]\nobjective = \"own_payoff\"\n[record]\nevery = 20\n",
            fmt::format(fmt::runtime(format), reserve * unit), low * unit, (low + 2.0) * unit)),
        "play", 0);
  };
  for (const std::string format :
       {"{{ kind = \"first_price\", reserve = {} }}",
        "{{ kind = \"first_price\", reserve = {}, risk_exponent = 0.5 }}",
        "{{ kind = \"second_price\", reserve = {}, learned_reserve = true }}", "\"third_price\"",
        "\"all_pay\""})
    for (const double low : {0.0, 1.0}) {
      const PlayedTrial one = play(format, 1.0, low, low + 0.7);
      for (const double unit : {1e-9, 1e-6, 1e-3, 1e6, 1e9}) {
        CAPTURE(format);
        CAPTURE(low);
        CAPTURE(unit);
        const PlayedTrial other = play(format, unit, low, low + 0.7);
        const double of_utility =
            std::pow(unit, format.find("risk") == std::string::npos ? 1.0 : 0.5);
        const auto compare = [&](const std::string& name, double scale) {
          const std::vector<double>& here = one.trajectory.at(name);
          const std::vector<double>& there = other.trajectory.at(name);
          REQUIRE(here.size() == there.size());
          double largest = 0.0;
          for (const double value : here)
            if (std::isfinite(value)) largest = std::max(largest, std::fabs(value));
          for (std::size_t k = 0; k < here.size(); ++k) {
            CHECK(std::isfinite(here[k]) == std::isfinite(there[k]));
            // Units are rounded, and 60 steps carry that on.
            if (std::isfinite(here[k]))
              CHECK(std::fabs(there[k] / scale - here[k]) <= 1e-11 * largest);
          }
        };
        compare("surplus", unit);
        compare("revenue", unit);
        compare("efficiency", 1.0);
        compare("price_of_anarchy", 1.0);
        compare("l2_distance", unit);
        compare("utility", of_utility);
        compare("utility_loss", of_utility);
        compare("relative_utility_loss", 1.0);
      }
    }
}

TEST_CASE("auctions: two values, mixed: high types spread their bids as the equilibrium does") {
  // Values 0.2 and 0.8, half each: the low one is bid, and the high one's utility 0.6 x 0.5 is the
  // same at every bid b up to 0.5: a share r of them bids less than 0.8 - 0.3 / (0.5 + 0.5 r).
  std::string values;
  for (int k = 0; k < 2000; ++k) values += k < 1000 ? "0.2\n" : "0.8\n";
  const test::TemporaryFolder folder;
  std::ofstream(folder.file("values.csv")) << values;
  const auto play = [&](const char* strategies) {
    return play_in_memory(
        scenario_from_text(fmt::format("steps = 2000\n[market]\nstructure = \"auction\"\n"
                                       "strategies = \"{}\"\nprior = {{ file = \"{}\" }}\n"
                                       "[regimes.play]\nobjective = \"own_payoff\"\n[record]\n"
                                       "every = 2000\nfinal = [\"bid\"]\n",
                                       strategies, folder.file("values.csv"))),
        "play", 0);
  };
  const PlayedTrial mixed = play("mixed");
  std::vector<double> bids = mixed.last("bid");
  bids.resize(2000);  // the first bidder's
  std::vector<double> high(bids.begin() + 1000, bids.end());
  std::sort(high.begin(), high.end());
  double square = 0.0;
  for (std::size_t k = 0; k < high.size(); ++k) {
    const double below = (static_cast<double>(k) + 0.5) / static_cast<double>(high.size());
    square += std::pow(high[k] - (0.8 - 0.3 / (0.5 + 0.5 * below)), 2);
  }
  CHECK(std::sqrt(square / static_cast<double>(high.size())) < 0.02);
  for (std::size_t k = 0; k < 990; ++k) CHECK(bids[k] == Approx(0.2));
  // A gain of 0.003 of the utility is not acted on; four times that is what is left.
  CHECK(mixed.last("relative_utility_loss")[0] < 0.012);
  CHECK(std::isnan(mixed.last("l2_distance")[0]));
  // Equal values that bid the same leave a bid just above them to be gained.
  const PlayedTrial pure = play("pure");
  CHECK(pure.last("relative_utility_loss")[0] > 0.1);
  for (const PlayedTrial* played : {&mixed, &pure}) {
    CHECK(played->scalar("efficiency") <= 1.0 + 1e-6);
    CHECK(played->scalar("price_of_anarchy") >= 1.0 - 1e-6);
  }
}
