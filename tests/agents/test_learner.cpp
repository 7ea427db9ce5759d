// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Steps computed by hand; whole trajectories are compared with NumPy in tests/reference.
#include <doctest/doctest.h>

#include <cmath>
#include <utility>

#include "agents/cohort.hpp"
#include "engine/core/error.hpp"

using namespace gbid;

namespace {

struct OneNumber {
  double p = 1.0, g = 0.0, first = 0.0, second = 0.0;
  void step(const Learner& learner, double gradient, Index clock, Index updates, int phase = 0) {
    g = gradient;
    learn(learner, phase, clock, updates, LearnerRow<double>{&p, &g, &first, &second, 1});
  }
};

}  // namespace

TEST_CASE("sgd and momentum climb as their formulas say") {
  OneNumber x;
  x.step(Sgd{0.5}, 2.0, 1, 1);
  CHECK(x.p == 2.0);
  OneNumber y;
  y.step(Momentum{0.5, 0.5}, 2.0, 1, 1);  // m = 2, p = 2
  y.step(Momentum{0.5, 0.5}, 1.0, 2, 2);  // m = 2, p = 3
  CHECK(y.p == 3.0);
}

TEST_CASE("two rates: agents of odd number take the smaller steps") {
  for (const Index agent : {0, 1, 2, 3}) {
    double p = 1.0, g = 2.0;
    learn(TwoTimescale{.rate = 0.5, .ratio = 0.1}, 0, 1, 1,
          LearnerRow<double>{&p, &g, nullptr, nullptr, 1, agent});
    CHECK(p == doctest::Approx(agent % 2 == 0 ? 2.0 : 1.1).epsilon(1e-15));
  }
}

TEST_CASE("best response: a share of the way, and in fictitious play the mean of all responses") {
  OneNumber half;
  half.step(BestResponse{.rate = 0.5}, 3.0 - half.p, 1, 1);
  CHECK(half.p == 2.0);
  OneNumber mean;
  double sum = 0.0;
  const BestResponse play{.rate = 1.0, .averaging = Averaging::kFictitiousPlay};
  for (Index t = 1; t <= 5; ++t) {
    const auto response = static_cast<double>(t * t);
    sum += response;
    mean.step(play, response - mean.p, t, t);
    CHECK(mean.p == doctest::Approx(sum / static_cast<double>(t)).epsilon(1e-14));
  }
}

TEST_CASE("adam's first step has the length of its rate, whatever the gradient") {
  for (const double gradient : {1e-3, 1.0, 1e3}) {
    OneNumber x;
    x.step(Adam{}, gradient, 1, 1);
    // m / sqrt(v) = sqrt(1 - b2) / (1 - b1) at the first step; epsilon stands outside the
    // correction.
    const double exact =
        0.05 * std::sqrt(0.001) / 0.1 * (0.1 * gradient) / (std::sqrt(0.001) * gradient + 1e-8);
    CHECK(x.p - 1.0 == doctest::Approx(exact).epsilon(1e-9));
  }
}

TEST_CASE("adam's shared clock takes an agent's late first step nearly uncorrected") {
  OneNumber shared, own;
  shared.step(Adam{.clock = Clock::kShared}, 1.0, 1000, 1);
  own.step(Adam{.clock = Clock::kPerAgent}, 1.0, 1000, 1);
  CHECK(own.p - 1.0 == doctest::Approx(0.05).epsilon(1e-6));
  // m = 0.1, v = 0.001, t = 1000: 0.05 sqrt(1 - 0.999^1000) 0.1 / sqrt(0.001)
  CHECK(shared.p - 1.0 ==
        doctest::Approx(0.05 * std::sqrt(1 - std::pow(0.999, 1000)) * 0.1 / std::sqrt(0.001))
            .epsilon(1e-6));
}

TEST_CASE("the bias correction is exact on both sides of where it is skipped") {
  // 1 - beta^t is skipped once t (1 - beta) exceeds 38: t = 380 for beta1, 38,000 for beta2.
  for (const Index t : {1, 379, 381, 37999, 38001}) {
    OneNumber x;
    x.step(Adam{}, 1.0, t, 1);
    const double m = 1.0 - 0.9, v = 1.0 - 0.999, steps = static_cast<double>(t);
    const double rate =
        0.05 * std::sqrt(1.0 - std::pow(0.999, steps)) / (1.0 - std::pow(0.9, steps));
    CHECK(x.p == doctest::Approx(1.0 + rate * m / (std::sqrt(v) + 1e-8)).epsilon(1e-15));
    CHECK(x.p > 1.0);
  }
}

TEST_CASE("optimistic steps twice the new gradient and takes the old one back") {
  OneNumber x;
  x.step(Optimistic{0.5}, 2.0, 1, 1);  // g_last is g itself: p = 2
  x.step(Optimistic{0.5}, 1.0, 2, 2);  // 2 x 1 - 2 = 0
  CHECK(x.p == 2.0);
}

TEST_CASE("extragradient steps from where it stood by the gradient of its trial") {
  OneNumber x;
  x.step(Extragradient{0.5}, 2.0, 1, 0, 0);
  CHECK(x.p == 2.0);
  x.step(Extragradient{0.5}, -1.0, 1, 1, 1);
  CHECK(x.p == 0.5);
}

TEST_CASE("a cohort moves only its movers and names the agent that diverges") {
  PaddedMatrix raw_bids(3, 2);
  Cohort cohort(raw_bids, Network(Table{}, 0, 2), Sgd{1.0}, 1);
  PaddedMatrix start(3, 2), price(1, 2);
  for (Index i = 0; i < 3; ++i) start(i, 0) = start(i, 1) = static_cast<double>(i);
  cohort.initialise(start, {.seed = 1});
  const Index movers[] = {1};
  price(0, 0) = 4.0;
  cohort.learn({movers, false}, price, 0, 1);
  CHECK(std::as_const(cohort).parameters()(0, 0) == 0.0);
  CHECK(std::as_const(cohort).parameters()(1, 0) == 5.0);
  CHECK(std::as_const(cohort).parameters()(1, 1) == 1.0);
  CHECK(cohort.updates() == std::vector<Index>{0, 1, 0});
  price(0, 0) = INFINITY;
  CHECK_THROWS_WITH_AS(cohort.learn({movers, false}, price, 0, 2), doctest::Contains("agent 1"),
                       NumericError);
}
