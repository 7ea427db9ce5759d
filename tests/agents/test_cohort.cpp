// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "agents/bidders.hpp"
#include "engine/core/error.hpp"

using namespace gbid;
using doctest::Approx;

namespace {

std::vector<Index> numbers(Index count) {
  std::vector<Index> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), Index{0});
  return all;
}

std::vector<double> values_of(const Cohort<double>& cohort, Index agent) {
  return {cohort.row(agent), cohort.row(agent) + cohort.parameter_count()};
}

}  // namespace

TEST_CASE("a cohort's rows begin on cache lines and start at zero") {
  for (const Index parameters : {1, 7, 16, 512, 1024}) {
    Cohort<float> cohort(3, parameters, Adam{});
    CHECK(cohort.stride() >= parameters);
    CHECK(cohort.stride() * static_cast<Index>(sizeof(float)) % 4096 != 0);
    for (Index i = 0; i < 3; ++i) {
      CHECK(reinterpret_cast<std::uintptr_t>(cohort.row(i)) % 64 == 0);
      CHECK(reinterpret_cast<std::uintptr_t>(cohort.gradient(i)) % 64 == 0);
      CHECK(cohort.row(i)[parameters - 1] == 0.0f);
    }
    // Parameters, gradients and two moments.
    CHECK(Cohort<float>::bytes(3, parameters, Adam{}) ==
          4.0 * 3.0 * static_cast<double>(cohort.stride()) * sizeof(float));
  }
}

TEST_CASE("a cohort learns the part that it is told to, and no other") {
  Cohort<double> cohort(2, 6, Sgd{1.0});
  for (Index k = 0; k < 6; ++k) cohort.gradient(1)[k] = 1.0 + static_cast<double>(k);
  cohort.learn(1, 2, 5, 0, 1);
  CHECK(values_of(cohort, 1) == std::vector<double>{0.0, 0.0, 3.0, 4.0, 5.0, 0.0});
  CHECK(values_of(cohort, 0) == std::vector<double>(6, 0.0));
}

TEST_CASE("a cohort learns from gradients of the caller's as from its own") {
  const std::vector<Index> movers{3, 1};
  Cohort<double> own(4, 5, Adam{}), given(4, 5, Adam{}, Cohort<double>::Gradients::kGiven);
  PaddedMatrix gradients(2, 5);
  for (Index clock = 1; clock <= 3; ++clock) {
    for (Index r = 0; r < 2; ++r)
      for (Index k = 0; k < 5; ++k)
        own.gradient(movers[static_cast<std::size_t>(r)])[k] = gradients(r, k) =
            std::sin(static_cast<double>(clock * 10 + r * 5 + k));
    own.learn(movers, 0, clock);
    given.learn_from(gradients.row(0), gradients.stride(), movers, 0, clock);
  }
  for (Index i = 0; i < 4; ++i)
    CHECK(std::equal(own.row(i), own.row(i) + own.stride(), given.row(i)));
  CHECK(own.row(3)[0] != 0.0);
  CHECK(own.row(0)[0] == 0.0);
  CHECK(Cohort<double>::bytes(4, 5, Adam{}, Cohort<double>::Gradients::kGiven) ==
        0.75 * Cohort<double>::bytes(4, 5, Adam{}));
}

TEST_CASE("a cohort counts an update in its last phase, and forgets but for its parameters") {
  Cohort<double> cohort(3, 2, Extragradient{0.5});
  const std::vector<Index> movers{0, 2};
  for (int phase = 0; phase < 2; ++phase) {
    for (const Index i : movers) cohort.gradient(i)[0] = 4.0;
    cohort.count_updates(movers, phase);
    cohort.learn(movers, phase, 1);
    CHECK(cohort.updates() == std::vector<Index>{phase, 0, phase});
  }
  CHECK(cohort.row(2)[0] == 2.0);  // from 0, by the gradient of the trial step
  cohort.row(0)[0] = 7.0;
  cohort.learn(0, 0, 2, 0, 2);
  CHECK(cohort.moment(0, 0)[0] == 7.0);
  cohort.forget();
  CHECK(cohort.moment(0, 0)[0] == 0.0);
  CHECK(cohort.updates() == std::vector<Index>{0, 0, 0});
  CHECK(cohort.row(0)[0] == 9.0);
}

TEST_CASE("a cohort sees any parameter that is not finite") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float bad : {kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN()})
    for (Index k = 0; k < 21; ++k) {
      Cohort<float> cohort(2, 21, Sgd{});
      std::fill_n(cohort.row(1), 21, 1.0f);
      CHECK(cohort.is_finite(1));
      cohort.row(1)[k] = bad;
      CHECK_FALSE(cohort.is_finite(1));
      CHECK(cohort.is_finite(0));
    }
}

TEST_CASE("bidders: only movers move, a table bids its parameters, who diverges is named") {
  PaddedMatrix raw_bids(3, 2), start(3, 2), d_bids(1, 2);
  Bidders bidders(3, make_network(Table{}, 0, 2), Sgd{1.0}, 1);
  for (Index i = 0; i < 3; ++i) start(i, 0) = start(i, 1) = static_cast<double>(i);
  bidders.initialise(start, {.seed = 1});
  CHECK(bidders.observation(0).empty());
  const std::vector<Index> all = numbers(3);
  bidders.bid({all, true}, raw_bids);
  CHECK(raw_bids(2, 1) == 2.0);
  const Index movers[] = {1};
  d_bids(0, 0) = 4.0;
  bidders.learn({movers, false}, d_bids, 0, 1);
  CHECK(raw_bids(1, 0) == 1.0);  // until it bids
  bidders.bid({movers, false}, raw_bids);
  CHECK(raw_bids(0, 0) == 0.0);
  CHECK(raw_bids(1, 0) == 5.0);
  CHECK(raw_bids(1, 1) == 1.0);
  CHECK(bidders.updates() == std::vector<Index>{0, 1, 0});
  d_bids(0, 0) = INFINITY;
  CHECK_THROWS_WITH_AS(bidders.learn({movers, false}, d_bids, 0, 2), doctest::Contains("agent 1"),
                       NumericError);
}

TEST_CASE("bidders with perceptrons ascend the gradient of what they bid") {
  // 70 agents are three tasks. Every agent's objective is weights . raw bids.
  constexpr Index kAgents = 70, kInputs = 2, kBids = 3;
  constexpr double kRate = 1e-6;
  const Network network = make_network(MlpKind{{4}, Activation::kGelu}, kInputs, kBids);
  Bidders bidders(kAgents, network, Sgd{kRate}, kAgents);
  PaddedMatrix before(kAgents, kBids), after(kAgents, kBids), start(kAgents, kBids),
      weights(kAgents, kBids);
  for (Index i = 0; i < kAgents; ++i)
    for (Index k = 0; k < kBids; ++k) {
      start(i, k) = 5.0 + static_cast<double>(k);
      weights(i, k) = std::cos(static_cast<double>(i * kBids + k));
    }
  bidders.initialise(start, {.seed = 4, .purpose = Purpose::kNetwork});
  for (Index i = 0; i < kAgents; ++i) {
    bidders.observation(i)[0] = std::sin(static_cast<double>(i));
    bidders.observation(i)[1] = 0.5;
  }
  const std::vector<Index> all = numbers(kAgents);
  bidders.bid({all, true}, before);
  CHECK(before(0, 0) == Approx(5.0).epsilon(0.5));
  CHECK(before(0, 0) != before(1, 0));  // starts of their own
  std::vector<std::vector<double>> parameters;
  for (Index i = 0; i < kAgents; ++i) parameters.push_back(values_of(bidders.cohort(), i));
  bidders.learn({all, true}, weights, 0, 1);
  bidders.bid({all, true}, after);
  // A step of rate r along the gradient g raises the objective by r |g|^2, to first order.
  for (Index i = 0; i < kAgents; ++i) {
    const std::vector<double> moved = values_of(bidders.cohort(), i);
    double square = 0.0, gained = 0.0;
    for (std::size_t k = 0; k < moved.size(); ++k)
      square += std::pow(moved[k] - parameters[static_cast<std::size_t>(i)][k], 2.0);
    for (Index k = 0; k < kBids; ++k) gained += weights(i, k) * (after(i, k) - before(i, k));
    CHECK(gained == Approx(square / kRate).epsilon(1e-4));
    CHECK(gained > 0.0);
  }
}

TEST_CASE("bidders: many movers at once learn as one after the other, to the bit") {
  constexpr Index kAgents = 70, kBids = 5;
  const Network network = make_network(MlpKind{{6, 3}, Activation::kTanh}, 1, kBids);
  Bidders together(kAgents, network, Adam{}, kAgents), alone(kAgents, network, Adam{}, 1);
  PaddedMatrix start(kAgents, kBids), d_bids(kAgents, kBids), d_bid(1, kBids), raw(kAgents, kBids),
      raw_alone(kAgents, kBids);
  for (Index i = 0; i < kAgents; ++i)
    for (Index k = 0; k < kBids; ++k) d_bids(i, k) = std::cos(static_cast<double>(i * kBids + k));
  const std::vector<Index> all = numbers(kAgents);
  for (Bidders* bidders : {&together, &alone}) {
    bidders->initialise(start, {.seed = 4, .purpose = Purpose::kNetwork});
    for (Index i = 0; i < kAgents; ++i) bidders->observation(i)[0] = static_cast<double>(i) / 70.0;
  }
  together.bid({all, true}, raw);
  together.learn({all, true}, d_bids, 0, 1);
  for (const Index& i : all) {
    alone.bid({{&i, 1}, false}, raw_alone);
    std::copy_n(d_bids.row(i), kBids, d_bid.row(0));
    alone.learn({{&i, 1}, false}, d_bid, 0, 1);
  }
  CHECK(together.updates() == alone.updates());
  for (Index i = 0; i < kAgents; ++i) {
    CHECK(values_of(together.cohort(), i) == values_of(alone.cohort(), i));
    CHECK(std::equal(raw.row(i), raw.row(i) + kBids, raw_alone.row(i)));
  }
}
