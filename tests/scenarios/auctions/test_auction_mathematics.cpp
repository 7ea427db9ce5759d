// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "scenarios/auctions/distributions/bid_distribution.hpp"
#include "scenarios/auctions/distributions/common_signals.hpp"
#include "scenarios/auctions/formats/local_payment.hpp"

namespace gbid::auctions {
namespace {

/// Midpoint of the k-th of `count` equal parts of [low, high].
double midpoint(double low, double high, int k, int count) {
  return low + (high - low) * (k + 0.5) / count;
}

/// The core point of a local-local-global auction nearest to a point, by projection on the segment.
double projected(double own, double other, double global, double own_point, double other_point) {
  const double own_vcg = std::max(0.0, global - other), other_vcg = std::max(0.0, global - own);
  return std::clamp(0.5 * (global + own_point - other_point), std::max(own_vcg, global - other),
                    std::min(own, global - other_vcg));
}

struct Nodes {
  std::vector<double> signals, bids;
  template <class Bid>
  Nodes(int count, const Bid& bid) {
    for (int k = 0; k < count; ++k) {
      signals.push_back(2.0 * k / (count - 1));
      bids.push_back(bid(signals.back()));
    }
  }
  SignalBids curve() const { return {signals, bids}; }
};

constexpr double kFlattest = 1e-6;

}  // namespace

TEST_CASE("core-selecting payments are the projections on the core, for all bids and globals") {
  int points = 0;
  for (double own = 0.05; own < 1.0; own += 0.1)
    for (double other = 0.07; other < 1.0; other += 0.1)
      for (double global = 0.01; global < own + other; global += 0.06) {
        const double own_vcg = std::max(0.0, global - other);
        const double other_vcg = std::max(0.0, global - own);
        const auto paid = [&](LocalPayment rule) {
          return local_payment(rule, own, other, global);
        };
        CHECK(paid(LocalPayment::kVcg) == doctest::Approx(own_vcg));
        CHECK(paid(LocalPayment::kNearestZero) ==
              doctest::Approx(projected(own, other, global, 0.0, 0.0)));
        CHECK(paid(LocalPayment::kNearestVcg) ==
              doctest::Approx(projected(own, other, global, own_vcg, other_vcg)));
        CHECK(paid(LocalPayment::kNearestBid) ==
              doctest::Approx(projected(own, other, global, own, other)));
        ++points;
      }
  CHECK(points > 1000);
}

TEST_CASE("bid distributions: cells hold the exact shares of segments and triangles") {
  BidDistribution bids(100);
  for (int again = 0; again < 2; ++again) {  // clear() leaves nothing behind
    bids.clear(0.0, again == 0 ? 3.0 : 2.0);
    bids.add_segment(0.5, 0.1, 0.25, 0.8);
    bids.add_triangle(1.5, 0.5, 0.7, 0.5);
    bids.add_triangle(0.0, 0.0, 0.0, 0.25);
    bids.finish();
  }
  const auto below = [&](double bid) { return bids.below(bids.place(bid)); };
  const auto density = [&](double bid) { return bids.density(bids.place(bid)); };
  CHECK(bids.atom() == doctest::Approx(0.25));
  CHECK(below(2.0) == doctest::Approx(1.0));
  CHECK(below(2.5) == doctest::Approx(1.0));
  CHECK(below(0.0) == doctest::Approx(0.25));
  CHECK(below(0.3) == doctest::Approx(0.25 + 0.125));
  // The hat over (0.5, 0.7, 1.5): a fifth is below its second corner.
  CHECK(below(0.7) == doctest::Approx(0.5 + 0.5 * 0.2));
  CHECK(density(0.06) == 0.0);
  CHECK(density(2.5) == 0.0);
  CHECK(density(0.3) == doctest::Approx(0.25 / 0.4));
  CHECK(bids.type_density(bids.place(0.3)) == doctest::Approx(0.8 * 0.25 / 0.4));
  CHECK(density(1.1) == doctest::Approx(0.5 * 2.0 / 1.0 * (1.5 - 1.1) / 0.8));
  // The integral of the distribution, by parts: bid - mean bid, from the top on.
  const double mean = 0.25 * 0.3 + 0.5 * (0.5 + 0.7 + 1.5) / 3.0;
  for (const double bid : {2.0, 2.5})
    CHECK(bids.integral(bids.place(bid)) ==
          doctest::Approx(bid - mean).epsilon(1e-3));  // cells of 0.02
  // Inside of a cell: the quadrature of the distribution.
  double sum = 0.0;
  constexpr int kParts = 10000;
  for (int k = 0; k < kParts; ++k) sum += below(midpoint(0.0, 0.613, k, kParts)) * 0.613 / kParts;
  CHECK(bids.integral(bids.place(0.613)) == doctest::Approx(sum).epsilon(1e-6));
}

TEST_CASE("bid distributions: what is bid at the lowest bid or less is an atom there") {
  BidDistribution bids(10);
  bids.clear(0.5, 1.0);
  bids.add_segment(0.0, 1.0, 0.6, 0.0);   // half of it lies below
  bids.add_triangle(0.0, 0.5, 1.0, 0.4);  // and half of this
  bids.finish();
  CHECK(bids.atom() == doctest::Approx(0.5));
  CHECK(bids.edges().back() == doctest::Approx(1.0));
}

TEST_CASE("affiliated signals: density, distribution and moment are those of a sum of uniforms") {
  for (const double own : {0.3, 0.9, 1.0, 1.6})
    for (const double other : {0.2, 0.8, 1.3, 1.9}) {
      // T given own is uniform; the rival's signal is T + U[0, 1].
      constexpr int kParts = 400;
      const double low = std::max(0.0, own - 1.0), high = std::min(1.0, own);
      double below = 0.0, moment = 0.0;
      for (int t = 0; t < kParts; ++t)
        for (int s = 0; s < kParts; ++s) {
          const double rival = midpoint(low, high, t, kParts) + midpoint(0.0, 1.0, s, kParts);
          if (rival > other) continue;
          below += 1.0 / (kParts * kParts);
          moment += rival / (kParts * kParts);
        }
      // A cell of 1/400 on the boundary counts whole or not at all.
      CHECK(affiliated::distribution_given(own, other) == doctest::Approx(below).epsilon(0.005));
      CHECK(affiliated::moment_given(own, other) == doctest::Approx(moment).epsilon(0.005));
      constexpr double kStep = 1e-4;
      const double up = affiliated::distribution_given(own, other + kStep);
      const double down = affiliated::distribution_given(own, other - kStep);
      CHECK(affiliated::density_given(own, other) ==
            doctest::Approx((up - down) / (2.0 * kStep)).epsilon(1e-3));
    }
}

TEST_CASE("affiliated first price: the gradient is that of the utility, for any bid function") {
  const Nodes rival(41,
                    [](double x) { return 0.5 * x + 0.2 * std::sin(3.0 * x); });  // not monotone
  Losers losers;
  double largest = 0.0;
  for (const double signal : {0.3, 0.8, 1.2, 1.7})
    for (const double bid : {0.11, 0.33, 0.47, 0.71}) {
      constexpr double kStep = 1e-6;
      const auto utility = [&](double b) {
        losers.find(rival.curve(), b, kFlattest);
        return affiliated::utility(signal, b, losers);
      };
      const double difference = (utility(bid + kStep) - utility(bid - kStep)) / (2.0 * kStep);
      losers.find(rival.curve(), bid, kFlattest);
      CHECK(affiliated::d_bid(signal, bid, losers) == doctest::Approx(difference).epsilon(1e-5));
      largest = std::max(largest, std::fabs(difference));
    }
  CHECK(largest > 0.1);
}

TEST_CASE("affiliated first price: two thirds of the signal is where the gradient is zero") {
  const Nodes rival(101, [](double x) { return 2.0 * x / 3.0; });
  Losers losers;
  for (const double signal : {0.31, 0.77, 1.29, 1.73}) {
    const auto d_bid = [&](double bid) {
      losers.find(rival.curve(), bid, kFlattest);
      return affiliated::d_bid(signal, bid, losers);
    };
    CHECK(std::fabs(d_bid(2.0 * signal / 3.0)) < 1e-12);
    CHECK(d_bid(2.0 * signal / 3.0 - 0.05) > 0.01);
    CHECK(d_bid(2.0 * signal / 3.0 + 0.05) < -0.01);
  }
}

TEST_CASE("mineral rights: the gradient is the quadrature over values, for any bid functions") {
  const Nodes first(41, [](double x) { return 0.5 * x + 0.1 * std::sin(4.0 * x); });
  const Nodes second(31, [](double x) { return 0.4 * x + 0.1 * x * x; });
  Losers of_first, of_second;
  for (const double signal : {0.2, 0.7, 1.3})
    for (const double bid : {0.18, 0.41, 0.66}) {
      of_first.find(first.curve(), bid, kFlattest);
      of_second.find(second.curve(), bid, kFlattest);
      double sum = 0.0;
      constexpr int kParts = 100000;
      for (int k = 0; k < kParts; ++k) {
        const double value = midpoint(0.5 * signal, 1.0, k, kParts), top = 2.0 * value;
        const auto below = [&](const Losers& losers) {
          return losers.measure(2.0, [&](double y) { return std::min(y, top); }) / top;
        };
        const auto density = [&](const Losers& losers) {
          double at = 0.0;
          for (const Crossing& crossing : losers.crossings)
            if (crossing.signal < top) at += crossing.width / top;
          return at;
        };
        sum += (value - bid) / top *
               (density(of_first) * below(of_second) + density(of_second) * below(of_first));
      }
      sum *= (1.0 - 0.5 * signal) / kParts;
      // Midpoints beside a jump of the integrand: of the order of one part of 1e-5.
      CHECK(mineral::weighted_d_bid(signal, bid, of_first, of_second) ==
            doctest::Approx(sum).epsilon(1e-3));
      CHECK(std::fabs(sum) > 1e-3);
    }
}

TEST_CASE("mineral rights: the gradient is zero from 2x / (2 + x) on, and positive below") {
  const Nodes rival(4001, [](double x) { return 2.0 * x / (2.0 + x); });
  Losers losers;
  for (const double signal : {0.1, 0.5, 1.0, 1.6}) {
    const auto d_bid = [&](double bid) {
      losers.find(rival.curve(), bid, kFlattest);
      return mineral::weighted_d_bid(signal, bid, losers, losers);
    };
    const double known = 2.0 * signal / (2.0 + signal);
    CHECK(std::fabs(d_bid(known)) < 1e-5);  // linear between 4001 nodes
    CHECK(d_bid(known - 0.05) > 1e-3);
    // Of three signals only the highest is informative of V: a bidder that overtakes a rival with a
    // higher signal pays the expected value of the item, and is indifferent.
    CHECK(std::fabs(d_bid(known + 0.05)) < 1e-6);
  }
}

}  // namespace gbid::auctions
