// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "engine/core/error.hpp"
#include "scenarios/auctions/formats/known_bids.hpp"
#include "scenarios/auctions/formats/single_item.hpp"
#include "scenarios/auctions/truthfulness.hpp"
#include "scenarios/play/play_in_memory.hpp"

using namespace gbid;
using namespace gbid::auctions;
using doctest::Approx;

namespace {

double simpson(const std::function<double(double)>& f, double from, double to) {
  constexpr int kIntervals = 2000;
  double sum = 0.0;
  for (int k = 0; k <= kIntervals; ++k)
    sum += (k == 0 || k == kIntervals ? 1 : k % 2 ? 4 : 2) * f(from + (to - from) * k / kIntervals);
  return sum * (to - from) / (3 * kIntervals);
}

/// Rivals that bid s v + (1 - s) v^2 of values uniform on [0, 1], s = 0.5, 0.8: their bids have
/// distributions in closed form.
constexpr double kLinear[] = {0.5, 0.8};
double value_of(double bid, double s) {
  return (-s + std::sqrt(s * s + 4.0 * (1.0 - s) * bid)) / (2.0 * (1.0 - s));
}

SingleItem auction(Payment payment, Index bidders, double reserve = 0.0, double risk = 1.0) {
  return {{.payment = payment, .reserve = reserve, .risk_exponent = risk},
          std::vector<Prior>(static_cast<std::size_t>(bidders), Prior::uniform(0.0, 1.0))};
}

std::vector<TypeGrid> grids(const Format& format, Index nodes) {
  std::vector<TypeGrid> all;
  for (Index i = 0; i < format.agents(); ++i) all.push_back(format.grid(i, nodes));
  return all;
}

Strategies strategies(const std::vector<TypeGrid>& on,
                      const std::function<double(Index, double)>& bid) {
  Strategies all;
  for (std::size_t i = 0; i < on.size(); ++i) {
    all.emplace_back(on[i].count(), 1);
    for (Index k = 0; k < on[i].count(); ++k)
      all.back()(k, 0) = bid(static_cast<Index>(i), on[i].type(k)[0]);
  }
  return all;
}

/// Utility against the two rivals (or the first of them), by their distributions in closed form.
double exact_utility(Payment payment, Index bidders, double risk, double value, double bid) {
  const auto below = [&](double b, std::size_t j) { return value_of(b, kLinear[j]); };
  const bool is_two = bidders == 3;
  const auto win = [&](double b) { return below(b, 0) * (is_two ? below(b, 1) : 1.0); };
  switch (payment) {
    case Payment::kOwnBid:
      return std::pow(value - bid, risk) * win(bid);
    case Payment::kSecondBid:
      return (value - bid) * win(bid) + simpson(win, 0.0, bid);
    case Payment::kAllPay:
      return value * win(bid) - bid;
    case Payment::kThirdBid:  // E[lower rival; both below b] = int P(both in (t, b)) dt
      return value * win(bid) -
             simpson(
                 [&](double t) {
                   return (below(bid, 0) - below(t, 0)) * (below(bid, 1) - below(t, 1));
                 },
                 0.0, bid);
  }
  return 0.0;
}

/// Largest ex-ante loss if all bid the known equilibrium, and its value where bids are free.
/// @param free share of its value that a type bids where equilibria leave it free.
double loss_of_known_bids(const SingleItem& format, double free = 1.0) {
  const auto on = grids(format, 1001);
  const Strategies bids = strategies(on, [&](Index i, double v) {
    double bid = 0.0;
    return format.known_bids(0, i, std::span(&v, 1), std::span(&bid, 1)) ? bid : free * v;
  });
  SingleItemClearing clearing(format, on, 4000);
  clearing.prepare(bids);
  clearing.tabulate();
  double largest = 0.0;
  for (Index i = 0; i < format.agents(); ++i) {
    double loss = 0.0;
    for (Index k = 0; k < on[static_cast<std::size_t>(i)].count(); ++k)
      loss += on[static_cast<std::size_t>(i)].weights[static_cast<std::size_t>(k)] *
              (clearing.best_response(i, k).utility -
               clearing.utility(i, k, bids[static_cast<std::size_t>(i)].row_span(k)));
    largest = std::max(largest, loss);
  }
  return largest;
}

std::string scenario_text(const std::string& market, const std::string& regime) {
  return "steps = 5\n[market]\nstructure = \"auction\"\n" + market + "\n[regimes.play]\n" + regime;
}

}  // namespace

TEST_CASE(
    "auctions: pieces of a bid function give every cell its share, whether they rise or fall") {
  TypeGrid grid{1, {0.0, 0.25, 0.75, 1.0}, {0.125, 0.375, 0.375, 0.125}, {0.0, 0.25, 0.75, 1.0}};
  // Up from -1 to 1, down to 0, flat at 0.6.
  PaddedMatrix bids(4, 1);
  bids(0, 0) = -1.0;
  bids(1, 0) = 1.0;
  bids(2, 0) = bids(3, 0) = 0.0;
  BidDistribution distribution(4);
  distribution.clear(0.0, 1.0);
  distribution.add_curve(grid, bids);
  distribution.finish();
  // Half of the first piece and all of the flat one lie at or below zero.
  CHECK(distribution.below(distribution.place(0.0)) == Approx(0.125 + 0.25));
  CHECK(distribution.below(distribution.place(0.5)) == Approx(0.375 + 0.5 * 0.625));
  CHECK(distribution.below(distribution.place(1.0)) == Approx(1.0));
  CHECK(distribution.below(distribution.place(2.0)) == Approx(1.0));
  CHECK(distribution.density(distribution.place(0.4)) == Approx(0.625));
  CHECK(distribution.density(distribution.place(1.5)) == 0.0);
}

TEST_CASE("auctions: gradients are those of utility against rivals in closed form") {
  struct Case {
    Payment payment;
    Index bidders;
    double risk;
  };
  for (const Case& each : {Case{Payment::kOwnBid, 2, 1.0}, Case{Payment::kOwnBid, 3, 1.0},
                           Case{Payment::kOwnBid, 3, 0.5}, Case{Payment::kSecondBid, 3, 1.0},
                           Case{Payment::kAllPay, 2, 1.0}, Case{Payment::kAllPay, 3, 1.0},
                           Case{Payment::kThirdBid, 3, 1.0}}) {
    CAPTURE(static_cast<int>(each.payment));
    CAPTURE(each.bidders);
    const SingleItem format = auction(each.payment, each.bidders, 0.0, each.risk);
    const auto on = grids(format, 4001);
    const Strategies bids = strategies(on, [](Index i, double v) {
      const double s = i == 0 ? 0.9 : kLinear[i - 1];
      return s * v + (1.0 - s) * v * v;
    });
    SingleItemClearing clearing(format, on, 4000);
    clearing.prepare(bids);
    clearing.tabulate();
    double largest = 0.0;
    for (const double bid : {0.1, 0.33, 0.6}) {
      CAPTURE(bid);
      constexpr Index kNode = 3200;  // value 0.8
      const double value = 0.8, h = 1e-4;
      const auto exact = [&](double b) {
        return exact_utility(each.payment, each.bidders, each.risk, value, b);
      };
      const double d_bid = (exact(bid + h) - exact(bid - h)) / (2.0 * h);
      // Bid functions and distributions are linear between 4000 nodes and cells: the density is
      // off by (1 / 4000)^2 times its curvature, and by the step of one cell.
      CHECK(clearing.d_bid(0, value, bid) == Approx(d_bid).epsilon(2e-3));
      CHECK(clearing.utility(0, kNode, std::span(&bid, 1)) == Approx(exact(bid)).epsilon(1e-4));
      largest = std::max(largest, std::fabs(d_bid));
    }
    CHECK(largest > 0.1);
  }
}

TEST_CASE("auctions: the planner's gradient is that of the surplus") {
  const SingleItem format = auction(Payment::kOwnBid, 2);
  const auto on = grids(format, 1001);
  const auto surplus = [&](double shift) {
    const Strategies bids = strategies(on, [&](Index i, double v) {
      return i == 0 ? 0.5 * v + 0.1 + shift * v * (1.0 - v) : 0.8 * v;
    });
    SingleItemClearing clearing(format, on, 2000);
    clearing.prepare(bids);
    clearing.tabulate();
    return clearing.surplus();
  };
  // d surplus / d b_0(v) = f(v) g(b) (v - the rival's value that is overtaken), g = 1 / 0.8.
  const double exact = simpson(
      [](double v) {
        const double bid = 0.5 * v + 0.1;
        return v * (1.0 - v) / 0.8 * (v - bid / 0.8);
      },
      0.0, 1.0);
  const double h = 1e-3;
  CHECK((surplus(h) - surplus(-h)) / (2.0 * h) == Approx(exact).epsilon(1e-2));
  // The gradients that agents follow are these, divided by A' + 10 A.
  const Strategies bids =
      strategies(on, [](Index i, double v) { return i == 0 ? 0.5 * v + 0.1 : 0.8 * v; });
  SingleItemClearing clearing(format, on, 2000);
  clearing.prepare(bids);
  PaddedMatrix gradient(1001, 1);
  clearing.common_gradient(0, gradient);
  for (const Index k : {200, 500, 900}) {
    const double v = 0.001 * static_cast<double>(k), other = (0.5 * v + 0.1) / 0.8;
    CHECK(gradient(k, 0) ==
          Approx(0.001 * (v - other) / 0.8 / (1.0 / 0.8 + 10.0 * other)).epsilon(1e-3));
  }
}

TEST_CASE("auctions: known bids are those of the textbooks") {
  const auto bid = [](const SingleItem& format, Index agent, double value) {
    double out = -1.0;
    CHECK(format.known_bids(0, agent, std::span(&value, 1), std::span(&out, 1)));
    return out;
  };
  CHECK(bid(auction(Payment::kOwnBid, 5), 0, 0.5) == Approx(0.4));
  CHECK(bid(auction(Payment::kOwnBid, 2, 0.5), 0, 0.6) == Approx(0.5083333));
  CHECK(bid(auction(Payment::kOwnBid, 2, 0.5), 1, 0.9) == Approx(0.5888889));
  CHECK(bid(auction(Payment::kOwnBid, 5, 0.0, 0.25), 0, 0.7) == Approx(0.7 * 16.0 / 17.0));
  CHECK(bid(auction(Payment::kThirdBid, 6), 0, 0.4) == Approx(0.5));
  CHECK(bid(auction(Payment::kAllPay, 3), 0, 0.5) == Approx(2.0 / 24.0));
  const SingleItem squares({}, std::vector<Prior>(4, Prior::power(0.0, 1.0, 2.0)));
  CHECK(bid(squares, 0, 0.7) == Approx(0.6));
  const SingleItem unequal_high({}, {Prior::uniform(0.0, 0.5), Prior::uniform(0.0, 1.0)});
  CHECK(bid(unequal_high, 0, 0.5) == Approx(1.0 / 3.0));
  CHECK(bid(unequal_high, 1, 1.0) == Approx(1.0 / 3.0));
  const SingleItem shifted({}, {Prior::uniform(2.0, 2.5), Prior::uniform(2.0, 3.0)});
  CHECK(bid(shifted, 0, 2.3) == Approx(2.0 + bid(unequal_high, 0, 0.3)));
  // Values in [0, 5] against [6, 7]: inverse bids at 3.8, as Kaplan and Zamir have them.
  const SingleItem apart({}, {Prior::uniform(0.0, 5.0), Prior::uniform(6.0, 7.0)});
  CHECK(bid(apart, 0, 4.05798332836589) == Approx(3.8).epsilon(1e-12));
  CHECK(bid(apart, 1, 6.28078045993848) == Approx(3.8).epsilon(1e-12));
  CHECK(bid(apart, 0, 5.0) == Approx(13.0 / 3.0));
  CHECK(bid(apart, 1, 7.0) == Approx(13.0 / 3.0));
  CHECK(bid(apart, 1, 6.0) == Approx(3.0));
  double value = 2.9, out = 0.0;  // cannot win
  CHECK(!apart.known_bids(0, 0, std::span(&value, 1), std::span(&out, 1)));
  const SingleItem unequal({}, {Prior::uniform(0.0, 1.0), Prior::uniform(3.0, 4.0)});
  value = 0.9;  // nor can any type of this bidder
  CHECK(!unequal.known_bids(0, 0, std::span(&value, 1), std::span(&out, 1)));
}

TEST_CASE("third price: below the lowest edge of its cells, too, a bid pays the mean third bid") {
  // Ten bid their values, F = sqrt(v): the highest of eight below b has the mean 4 b / 5, where the
  // derivative of the utility, linear in the value, is zero.
  const SingleItem format({.payment = Payment::kThirdBid},
                          std::vector<Prior>(10, Prior::power(0.0, 1.0, 0.5)));
  const auto on = grids(format, 4001);
  SingleItemClearing clearing(format, on, 128);
  clearing.prepare(strategies(on, [](Index, double v) { return v; }));
  for (const double bid : {0.3 / 128.0, 0.9 / 128.0, 1.5 / 128.0, 20.5 / 128.0, 0.99}) {
    const double at_zero = clearing.d_bid(0, 0.0, bid), at_one = clearing.d_bid(0, 1.0, bid);
    CHECK(at_one > at_zero);
    // A Gauss rule of three values stands for a power of eight: 8% of a cell in the lowest ones.
    CHECK(std::fabs(at_zero / (at_zero - at_one) - 0.8 * bid) < 0.1 / 128.0);
  }
}

TEST_CASE("third price: two bidders that outbid a third overtake each other without end") {
  // All bid 2 v, values to 1/2, 1 and 1: the first pays less than 1 against any two rivals, 1/2 in
  // the mean. At 0.9 each rival bid above 1 that is overtaken gains 0.9 - 1/2.
  const SingleItem format(
      {.payment = Payment::kThirdBid},
      {Prior::uniform(0.0, 0.5), Prior::uniform(0.0, 1.0), Prior::uniform(0.0, 1.0)});
  const auto on = grids(format, 1001);
  SingleItemClearing clearing(format, on, 4000);
  clearing.prepare(strategies(on, [](Index, double v) { return 2.0 * v; }));
  clearing.tabulate();
  const double own = 1.8;
  CHECK(clearing.best_response(1, 900).bids[0] == Approx(2.0));
  CHECK(clearing.best_response(1, 900).utility - clearing.utility(1, 900, std::span(&own, 1)) ==
        Approx(0.1 * (0.9 - 0.5)).epsilon(1e-3));
  CHECK(format.caveat().find("no equilibrium is known") != std::string::npos);
  CHECK(format.equilibria().empty());
  CHECK(auction(Payment::kThirdBid, 3).caveat().empty());
}

TEST_CASE("auctions: a bidder that always loses bids more, and never more than its value") {
  const SingleItem format({}, {Prior::uniform(0.0, 5.0), Prior::uniform(6.0, 7.0)});
  const auto on = grids(format, 101);
  const Strategies bids = strategies(on, [](Index i, double v) { return i == 0 ? 0.3 * v : 3.0; });
  SingleItemClearing clearing(format, on, 400);
  clearing.prepare(bids);
  PaddedMatrix gradient(101, 1);
  clearing.gradient(0, gradient);
  // By how far it is from the value, whatever the chance to win.
  for (const Index k : {20, 60, 100})
    CHECK(gradient(k, 0) == Approx(0.03 * on[0].weights[static_cast<std::size_t>(k)] * 0.7 *
                                   on[0].types[static_cast<std::size_t>(k)]));
  clearing.gradient(1, gradient);
  CHECK(gradient(50, 0) < 0.0);  // it wins anyway
}

TEST_CASE("auctions: no agent gains by leaving a known equilibrium") {
  // What is left is the width of cells: bids are compared at 4000 of them.
  CHECK(loss_of_known_bids(auction(Payment::kOwnBid, 2)) < 1e-6);
  CHECK(loss_of_known_bids(auction(Payment::kOwnBid, 10)) < 1e-6);
  CHECK(loss_of_known_bids(auction(Payment::kOwnBid, 3, 0.0, 0.5)) < 1e-5);
  CHECK(loss_of_known_bids(auction(Payment::kSecondBid, 3)) < 1e-6);
  CHECK(loss_of_known_bids(auction(Payment::kThirdBid, 3)) < 1e-6);
  // Low types bid less than a cell is wide.
  CHECK(loss_of_known_bids(auction(Payment::kAllPay, 2)) < 2e-5);
  CHECK(loss_of_known_bids(auction(Payment::kAllPay, 3)) < 2e-5);
  // Two unequal bidders, and a distribution from a list of values.
  CHECK(loss_of_known_bids(SingleItem({}, {Prior::uniform(0.0, 0.5), Prior::uniform(0.0, 1.0)})) <
        1e-6);
  CHECK(loss_of_known_bids(SingleItem({}, {Prior::uniform(0.0, 5.0), Prior::uniform(6.0, 7.0)})) <
        1e-5);
  // Of an all-pay auction, low types bid less than a cell is wide here as well.
  CHECK(loss_of_known_bids(SingleItem({.payment = Payment::kAllPay},
                                      {Prior::uniform(0.0, 0.3), Prior::uniform(0.0, 1.0)})) <
        2e-5);
  std::vector<Prior> unlike(4, Prior::uniform(1.0, 2.0));
  unlike[1] = Prior::uniform(1.0, 4.0);
  // (Values above 2 win with any bid from 5/2 on.)
  CHECK(loss_of_known_bids(SingleItem({.payment = Payment::kThirdBid}, unlike), 2.0) < 1e-6);
  CHECK(loss_of_known_bids(
            SingleItem({}, std::vector<Prior>(3, Prior::gaussian(0.0, 1.0, 0.5, 0.3)))) < 1e-6);
}

TEST_CASE(
    "auctions: a losing bid below the reserve is worth nothing, and a best response says so") {
  const SingleItem format = auction(Payment::kOwnBid, 2, 0.5);
  const auto on = grids(format, 101);
  const Strategies bids = strategies(on, [](Index, double v) { return 0.7 * v + 0.1; });
  SingleItemClearing clearing(format, on, 1000);
  clearing.prepare(bids);
  clearing.tabulate();
  const double low = 0.3;
  CHECK(clearing.utility(0, 80, std::span(&low, 1)) == 0.0);
  CHECK(std::isnan(clearing.best_response(0, 40).bids[0]));
  CHECK(clearing.best_response(0, 40).utility == 0.0);
  // Above it: the rival is out with values up to 4/7.
  CHECK(clearing.best_response(0, 80).bids[0] >= 0.5);
  CHECK(clearing.best_response(0, 80).utility >= 0.3 * 4.0 / 7.0 - 1e-3);
}

TEST_CASE("auctions: priors give back what their quantiles are of") {
  for (const Prior& prior :
       {Prior::uniform(1.0, 3.0), Prior::power(0.0, 2.0, 3.0), Prior::gaussian(0.0, 1.0, 0.8, 0.2),
        Prior::given({0.1, 0.2, 0.9, 0.4})}) {
    for (const double p : {0.1, 0.3, 0.55, 0.8}) {
      const double v = prior.quantile(p), h = 1e-6;
      CHECK(prior.distribution(v) == Approx(p));
      CHECK(prior.density(v) ==
            Approx((prior.distribution(v + h) - prior.distribution(v - h)) / (2.0 * h))
                .epsilon(1e-5));
    }
    const TypeGrid grid = prior.grid(33);
    CHECK(std::accumulate(grid.weights.begin(), grid.weights.end(), 0.0) == Approx(1.0));
    CHECK(grid.types.front() == prior.low());
    CHECK(grid.types.back() == prior.high());
  }
}

TEST_CASE(
    "auctions: only the second price is truthful, and a first price gives away all but a step") {
  constexpr Index kPoints = 11;
  const auto gain = [&](Payment payment, double reserve = 0.0) {
    return truthfulness(auction(payment, 3, reserve), kPoints)->largest_gain;
  };
  CHECK(gain(Payment::kSecondBid) == 0.0);
  CHECK(gain(Payment::kSecondBid, 0.4) == 0.0);
  // Value 1 against rivals that report 0: a report of one step wins, and the truth gains nothing.
  CHECK(gain(Payment::kOwnBid) == Approx(1.0 - 0.1));
  // ... unless the reserve asks for more.
  CHECK(gain(Payment::kOwnBid, 0.4) == Approx(0.6));
  // Third price: to win at any report pays if the second rival reports little.
  CHECK(gain(Payment::kThirdBid) > 0.5);
}

TEST_CASE("auctions: a planner's bidders hand the item to the highest value") {
  const Scenario scenario = scenario_from_text(R"(
steps = 800
[market]
structure = "auction"
prior = { kind = "uniform", high = [0.5, 1.0] }
[learning]
learner = { kind = "adam", rate = 0.01, beta1 = 0.5, beta2 = 0.99 }
[regimes.coordinated]
objective = "mean_payoff"
[record]
every = 800
)");
  const PlayedTrial played = play_in_memory(scenario, "coordinated", 0);
  // E[max] = 13/24; the start, 0.3 v for both, is efficient already but for the networks' noise.
  CHECK(played.scalar("surplus") == Approx(13.0 / 24.0).epsilon(1e-4));
  CHECK(played.scalar("price_of_anarchy") == Approx(1.0).epsilon(1e-4));
}

TEST_CASE("auctions: what cannot be played is refused with its place") {
  const auto message = [](const std::string& market, const std::string& regime) {
    try {
      scenario_from_text(scenario_text(market, regime));
    } catch (const ScenarioError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  const auto says = [](const std::string& text, const std::string& part) {
    CHECK_MESSAGE(text.find(part) != std::string::npos, text);
  };
  says(message("format = { kind = \"first_price\", reserve = 1.5 }", ""),
       "market.format.reserve: expected less than the highest value, got 1.5 times it");
  says(message("prior = { kind = \"uniform\", high = [1.0, 2.0, 3.0] }", ""),
       "market.prior.high: expected one number for all or one for each of 2 bidders, got 3");
  says(message("prior = { kind = \"uniform\", low = [2.0] }", ""), "expected more than low");
  says(message("format = \"third_price\"", ""), "expected at least 3");
  says(message("", "objective = \"mean_utility\""), "expected own_payoff or mean_payoff");
  says(message("format = { kind = \"second_price\", learned_reserve = true }",
               "objective = \"mean_payoff\""),
       "this format has no common gradient");
  says(message("", "initial_bids = \"minmax_rows\""), "expected none");
}
