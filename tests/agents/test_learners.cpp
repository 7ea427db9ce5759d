// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Steps computed by hand, every learner against its formula written down once more, and what holds
// for all that are registered. Whole trajectories are compared with NumPy in tests/reference.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "agents/cohort.hpp"
#include "engine/config/schema.hpp"
#include "engine/random/stream.hpp"

using namespace gbid;
using doctest::Approx;

namespace {

struct OneNumber {
  double p = 1.0, g = 0.0, first = 0.0, second = 0.0;
  void step(const Learner& learner, double gradient, Index clock, Index updates, int phase = 0) {
    g = gradient;
    const Index agent = 0;
    learn(learner, LearnerRows<double>{.parameters = &p,
                                       .first = &first,
                                       .second = &second,
                                       .gradients = &g,
                                       .length = 1,
                                       .agents = {&agent, 1},
                                       .updates = &updates,
                                       .clock = clock,
                                       .phase = phase});
  }
};

/// All learners that are registered, with their defaults.
std::vector<Learner> all_learners() {
  std::vector<Learner> all;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (all.emplace_back(std::in_place_index<I>), ...);
  }
  (std::make_index_sequence<std::variant_size_v<Learner>>());
  return all;
}

/// What one parameter does in one update, as the textbook has it.
struct Plain {
  double p = 0.0, m = 0.0, v = 0.0;
  void update(const Learner& learner, double g, Index agent, Index t, Index clock, int phase) {
    if (const auto* sgd = std::get_if<Sgd>(&learner)) {
      p = p + sgd->rate * g;
    } else if (const auto* momentum = std::get_if<Momentum>(&learner)) {
      m = momentum->beta * m + g;
      p = p + momentum->rate * m;
    } else if (const auto* adam = std::get_if<Adam>(&learner)) {
      const auto count = static_cast<double>(adam->clock == Clock::kShared ? clock : t);
      m = adam->beta1 * m + (1.0 - adam->beta1) * g;
      v = adam->beta2 * v + (1.0 - adam->beta2) * g * g;
      const double correction1 = 1.0 - std::pow(adam->beta1, count);
      const double correction2 = 1.0 - std::pow(adam->beta2, count);
      const double epsilon = adam->epsilon / std::sqrt(correction2);
      p = p + adam->rate * (m / correction1) / (std::sqrt(v / correction2) + epsilon);
    } else if (const auto* optimistic = std::get_if<Optimistic>(&learner)) {
      p = p + 2.0 * optimistic->rate * g - optimistic->rate * (t == 1 ? g : m);
      m = g;
    } else if (const auto* natural = std::get_if<Natural>(&learner)) {
      update(Optimistic{natural->rate}, g, agent, t, clock, phase);  // of another gradient
    } else if (const auto* extragradient = std::get_if<Extragradient>(&learner)) {
      if (phase == 0) m = p;
      p = m + extragradient->rate * g;
    } else if (const auto* two = std::get_if<TwoTimescale>(&learner)) {
      p = p + (agent % 2 == 0 ? 1.0 : two->ratio) * two->rate * g;
    } else if (const auto* response = std::get_if<BestResponse>(&learner)) {
      const bool is_mean = response->averaging == Averaging::kFictitiousPlay;
      p = p + g * response->rate / (is_mean ? static_cast<double>(t) : 1.0);
    } else {
      FAIL("a learner without a formula here");
    }
  }
};

template <class T>
void compare_with_formula(const Learner& learner, double tolerance) {
  constexpr Index kAgents = 5, kParameters = 19;
  Cohort<T> cohort(kAgents, kParameters, learner);
  std::vector<Plain> plain(kAgents * kParameters);
  const auto at = [](Index i, Index k) { return static_cast<std::size_t>(i * kParameters + k); };
  Stream stream({.seed = 5, .purpose = Purpose::kNetwork});
  for (Index i = 0; i < kAgents; ++i)
    for (Index k = 0; k < kParameters; ++k) {
      cohort.row(i)[k] = static_cast<T>(stream.normal());
      plain[at(i, k)].p = static_cast<double>(cohort.row(i)[k]);
    }
  const std::vector<std::vector<Index>> movers{{0, 1, 2, 3, 4}, {1, 4}, {3}, {0, 3, 4}, {1}};
  for (Index clock = 1; clock <= 40; ++clock)
    for (int phase = 0; phase < cohort.phases(); ++phase) {
      const std::vector<Index>& agents = movers[static_cast<std::size_t>(clock) % movers.size()];
      for (const Index i : agents)
        for (Index k = 0; k < kParameters; ++k)
          cohort.gradient(i)[k] = static_cast<T>(stream.normal());
      cohort.count_updates(agents, phase);
      cohort.learn(agents, phase, clock);
      for (const Index i : agents)
        for (Index k = 0; k < kParameters; ++k)
          plain[at(i, k)].update(learner, static_cast<double>(cohort.gradient(i)[k]), i,
                                 cohort.updates()[static_cast<std::size_t>(i)], clock, phase);
    }
  double farthest = 0.0;
  for (Index i = 0; i < kAgents; ++i)
    for (Index k = 0; k < kParameters; ++k) {
      const double expected = plain[at(i, k)].p;
      CHECK(static_cast<double>(cohort.row(i)[k]) ==
            Approx(expected).scale(1.0).epsilon(tolerance));
      farthest = std::max(farthest, std::fabs(expected));
    }
  CHECK(farthest > 0.5);
}

}  // namespace

TEST_CASE("sgd and momentum ascend as their formulas say") {
  OneNumber x;
  x.step(Sgd{0.5}, 2.0, 1, 1);
  CHECK(x.p == 2.0);
  OneNumber y;
  y.step(Momentum{0.5, 0.5}, 2.0, 1, 1);  // m = 2, p = 2
  y.step(Momentum{0.5, 0.5}, 1.0, 2, 2);  // m = 2, p = 3
  CHECK(y.p == 3.0);
}

TEST_CASE("two rates: agents of odd number take the smaller steps") {
  const std::vector<Index> agents{0, 1, 3};
  double p[] = {1.0, 1.0, 1.0, 1.0};
  const double g[] = {2.0, 2.0, 2.0, 2.0};
  learn(TwoTimescale{.rate = 0.5, .ratio = 0.1}, LearnerRows<double>{.parameters = p,
                                                                     .stride = 1,
                                                                     .gradients = g,
                                                                     .gradient_stride = 1,
                                                                     .length = 1,
                                                                     .agents = agents});
  CHECK(p[0] == 2.0);
  CHECK(p[1] == Approx(1.1).epsilon(1e-15));
  CHECK(p[2] == 1.0);
  CHECK(p[3] == Approx(1.1).epsilon(1e-15));
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
    CHECK(mean.p == Approx(sum / static_cast<double>(t)).epsilon(1e-14));
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
    CHECK(x.p - 1.0 == Approx(exact).epsilon(1e-9));
  }
}

TEST_CASE("adam's shared clock takes an agent's late first step nearly uncorrected") {
  OneNumber shared, own;
  shared.step(Adam{.clock = Clock::kShared}, 1.0, 1000, 1);
  own.step(Adam{.clock = Clock::kPerAgent}, 1.0, 1000, 1);
  CHECK(own.p - 1.0 == Approx(0.05).epsilon(1e-6));
  // m = 0.1, v = 0.001, t = 1000: 0.05 sqrt(1 - 0.999^1000) 0.1 / sqrt(0.001)
  CHECK(shared.p - 1.0 ==
        Approx(0.05 * std::sqrt(1 - std::pow(0.999, 1000)) * 0.1 / std::sqrt(0.001)).epsilon(1e-6));
}

TEST_CASE("the bias correction is exact on both sides of where it is skipped") {
  // 1 - beta^t is skipped once t (1 - beta) exceeds 38: t = 380 for beta1, 38,000 for beta2.
  for (const Index t : {1, 379, 381, 37999, 38001}) {
    OneNumber x;
    x.step(Adam{}, 1.0, t, 1);
    const double m = 1.0 - 0.9, v = 1.0 - 0.999, steps = static_cast<double>(t);
    const double rate =
        0.05 * std::sqrt(1.0 - std::pow(0.999, steps)) / (1.0 - std::pow(0.9, steps));
    CHECK(x.p == Approx(1.0 + rate * m / (std::sqrt(v) + 1e-8)).epsilon(1e-15));
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

TEST_CASE("every learner's update is its formula's, for agents that move now and then") {
  // Forty updates of rounded numbers of size one; Adam's quotients magnify a float's rounding most.
  for (const Learner& learner :
       {Learner(Sgd{0.3}), Learner(Momentum{0.1, 0.8}), Learner(Adam{.rate = 0.2}),
        Learner(Adam{.rate = 0.2, .epsilon = 0.1, .clock = Clock::kPerAgent}),
        Learner(Optimistic{0.3}), Learner(Extragradient{0.3}), Learner(TwoTimescale{0.4, 0.25}),
        Learner(BestResponse{.rate = 0.6}),
        Learner(BestResponse{.rate = 0.9, .averaging = Averaging::kFictitiousPlay})}) {
    CAPTURE(info_of(learner).name);
    compare_with_formula<double>(learner, 1e-13);
    compare_with_formula<float>(learner, 1e-4);
  }
}

TEST_CASE("every learner: an update of many rows has the bits of updates row by row") {
  for (const Learner& learner : all_learners()) {
    CAPTURE(info_of(learner).name);
    constexpr Index kAgents = 6, kParameters = 37;
    Cohort<float> range(kAgents, kParameters, learner), single(kAgents, kParameters, learner);
    Stream stream({.seed = 8, .purpose = Purpose::kNetwork});
    const std::vector<Index> movers{0, 2, 3, 5};
    for (Index i = 0; i < kAgents; ++i)
      for (Index k = 0; k < kParameters; ++k)
        range.row(i)[k] = single.row(i)[k] = static_cast<float>(stream.normal());
    const std::vector<float> still(range.row(1), range.row(1) + kParameters);
    const float moving = range.row(0)[0];
    for (Index clock = 1; clock <= 3; ++clock)
      for (int phase = 0; phase < range.phases(); ++phase) {
        for (const Index i : movers)
          for (Index k = 0; k < kParameters; ++k)
            range.gradient(i)[k] = single.gradient(i)[k] = static_cast<float>(stream.normal());
        range.count_updates(movers, phase);
        range.learn(movers, phase, clock);
        for (const Index i : movers) {
          if (phase + 1 == single.phases()) single.count_update(i);
          // In two parts that do not end on a vector.
          single.learn(i, 0, 11, phase, clock);
          single.learn(i, 11, kParameters, phase, clock);
        }
      }
    for (Index i = 0; i < kAgents; ++i) {
      CHECK(std::equal(range.row(i), range.row(i) + range.stride(), single.row(i)));
      for (int m = 0; m < range.moment_count(); ++m)
        CHECK(std::equal(range.moment(m, i), range.moment(m, i) + range.stride(),
                         single.moment(m, i)));
    }
    CHECK(std::equal(still.begin(), still.end(), range.row(1)));
    CHECK(range.row(0)[0] != moving);
  }
}

TEST_CASE("every learner finds the top of a parabola") {
  for (const Learner& learner : all_learners()) {
    CAPTURE(info_of(learner).name);
    const std::vector<Index> both{0, 1};
    Cohort<double> cohort(2, 1, learner);
    for (Index clock = 1; clock <= 3000; ++clock)
      for (int phase = 0; phase < cohort.phases(); ++phase) {
        for (const Index i : both) cohort.gradient(i)[0] = 3.0 - cohort.row(i)[0];
        cohort.count_updates(both, phase);
        cohort.learn(both, phase, clock);
      }
    for (const Index i : both) CHECK(cohort.row(i)[0] == Approx(3.0).epsilon(1e-3));
    CHECK(cohort.updates() == std::vector<Index>{3000, 3000});
  }
}

TEST_CASE("every learner is listed with its keys, and its rate can be taken at a share") {
  const auto kinds = learner_kinds().describe();
  const std::vector<Learner> all = all_learners();
  REQUIRE(kinds.size() == all.size());
  const auto rate = [](const Learner& of) {
    return std::visit([](const auto& kind) { return kind.rate; }, of);
  };
  for (std::size_t k = 0; k < all.size(); ++k) {
    CHECK(kinds[k].key == info_of(all[k]).name);
    CHECK(kinds[k].help == info_of(all[k]).help);
    CHECK(learner_kinds().core().at_slot(k).name == info_of(all[k]).name);
    REQUIRE(!kinds[k].children.empty());
    CHECK(kinds[k].children.front().key == "rate");
    const Learner half = with_rate(all[k], 0.5);
    CHECK(half.index() == k);
    CHECK(rate(half) == 0.5 * rate(all[k]));
  }
  CHECK(signal_of(BestResponse{}) == Signal::kBestResponse);
  CHECK(signal_of(Natural{}) == Signal::kNaturalGradient);
  CHECK(signal_of(Adam{}) == Signal::kGradient);
  CHECK(phase_count(Extragradient{}) == 2);
  CHECK(moment_count(Adam{}) == 2);
}

TEST_CASE("learners: eight trials at once are updated as each is alone, bit by bit") {
  // Per trial another gradient, other counts and another name of the agent; two updates, every phase.
  const Index length = 5;
  std::vector<Learner> learners = all_learners();
  learners.push_back(Adam{.clock = Clock::kPerAgent});
  learners.push_back(BestResponse{.averaging = Averaging::kFictitiousPlay});
  for (const Learner& learner : learners) {
    CAPTURE(info_of(learner).name);
    Stream stream({.seed = 3});
    std::vector<Wide> together[4];
    std::vector<double> alone[4][kWideLanes];
    for (int k = 0; k < 4; ++k) {
      together[k].resize(static_cast<std::size_t>(length));
      for (Index lane = 0; lane < kWideLanes; ++lane)
        for (Index j = 0; j < length; ++j)
          alone[k][lane].push_back(together[k][static_cast<std::size_t>(j)][lane] =
                                       k == 3 ? stream.uniform() : stream.uniform() - 0.5);
    }
    const Index only = 0;
    for (Index clock = 7; clock < 9; ++clock)
      for (int phase = 0; phase < phase_count(learner); ++phase) {
        WideIntegers updates, names;
        for (Index lane = 0; lane < kWideLanes; ++lane) {
          updates[lane] = 1 + lane % 3;
          names[lane] = lane;
        }
        learn(learner, LearnerRows<Wide>{.parameters = together[0].data(),
                                         .first = together[1].data(),
                                         .second = together[3].data(),
                                         .gradients = together[2].data(),
                                         .length = length,
                                         .agents = {&only, 1},
                                         .updates = &updates,
                                         .names = &names,
                                         .clock = clock,
                                         .phase = phase});
        for (Index lane = 0; lane < kWideLanes; ++lane) {
          const Index count = updates[lane], name = names[lane];
          learn(learner, LearnerRows<double>{.parameters = alone[0][lane].data(),
                                             .first = alone[1][lane].data(),
                                             .second = alone[3][lane].data(),
                                             .gradients = alone[2][lane].data(),
                                             .length = length,
                                             .agents = {&only, 1},
                                             .updates = &count,
                                             .names = &name,
                                             .clock = clock,
                                             .phase = phase});
        }
      }
    for (int k = 0; k < 4; ++k)
      for (Index lane = 0; lane < kWideLanes; ++lane)
        for (Index j = 0; j < length; ++j)
          CHECK(together[k][static_cast<std::size_t>(j)][lane] ==
                alone[k][lane][static_cast<std::size_t>(j)]);
  }
}
