// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <cmath>

#include "scenarios/loading/scenario.hpp"
#include "tests/allocation_counter.hpp"
#include "tests/play_step.hpp"
#include "tests/scenarios/mixture_of_experts/expert_market_fixture.hpp"

using namespace gbid;
using namespace gbid::mixture_of_experts;
using namespace gbid::test;

namespace {

RegimePlan plan_of(Objective objective, Learner learner = Adam{.rate = 0.01}) {
  RegimePlan plan;
  plan.group().objective = objective;
  plan.group().learner = learner;
  plan.recorded_steps = {0, 100};
  return plan;
}

template <class T>
void play(ExpertMarket<T>& market, Index steps, const Movers& movers) {
  for (Index step = 0; step < steps; ++step) play_step(market, step, movers);
}

template <class T>
std::vector<T> parameters(ExpertMarket<T>& market) {
  std::vector<T> all;
  const Shape& shape = market.shape();
  for (Index c = 0; c < shape.bidders; ++c)
    all.insert(all.end(), market.bidders().row(c),
               market.bidders().row(c) + shape.bidder_parameters);
  for (Index i = 0; i < shape.sellers; ++i)
    all.insert(all.end(), market.sellers().row(i),
               market.sellers().row(i) + shape.seller_parameters);
  return all;
}

template <class T>
std::vector<double> recorded(ExpertMarket<T>& market, const RegimePlan& plan, const Shape&) {
  market.restore(0);
  return record_of(market, 0, plan.trajectory, Recorded::kTrajectory);
}

}  // namespace

TEST_CASE(
    "expert market: without noise everybody starts from equal importance and revenue 1/sqrt 2") {
  ExpertConfig config = tiny_market();
  config.bidders = 1;
  config.bids.price = FixedPrice{0.2};
  config.gating = {.top_k = 4, .noise = false};
  RegimePlan plan = plan_of(Objective::kOwnPayoff);
  plan.trajectory = {"revenue", "importance", "bid", "mask"};
  const auto game = make_game(config, random_images(40, 10, 3, 2, 3));
  ExpertMarket<double> market(game, plan, first_trial());
  const auto values = recorded(market, plan, game->shape);
  CHECK(values[0] == doctest::Approx(std::sqrt(0.5)).epsilon(1e-14));
  for (std::size_t i = 1; i <= 4; ++i) {
    CHECK(values[i] == doctest::Approx(0.5).epsilon(1e-14));  // 1/sqrt 4
    CHECK(values[4 + i] == doctest::Approx(0.5 * std::sqrt(0.5)).epsilon(1e-14));
    CHECK(values[8 + i] == doctest::Approx(0.5 * std::sqrt(0.5) - 0.2).epsilon(1e-13));
  }
}

TEST_CASE("expert market: bidders who bid alike buy nothing at their mean bid") {
  ExpertConfig config = tiny_market();
  config.gating = {.top_k = 4, .noise = false};
  RegimePlan plan = plan_of(Objective::kOwnPayoff);
  plan.trajectory = {"mask", "samples"};
  const auto game = make_game(config, random_images(40, 10, 3, 2, 3));
  ExpertMarket<double> market(game, plan, first_trial());
  for (const double value : recorded(market, plan, game->shape)) CHECK(value == 0.0);
}

TEST_CASE("expert market: the published alignment masks seller 0 by the self weight") {
  ExpertConfig config = tiny_market();
  config.bidders = 1;
  config.bids = {FixedPrice{0.2}, Alignment::kPublished};
  config.gating = {.top_k = 4, .noise = false};
  RegimePlan plan = plan_of(Objective::kOwnPayoff);
  plan.trajectory = {"mask"};
  const auto game = make_game(config, random_images(40, 10, 3, 2, 3));
  ExpertMarket<double> market(game, plan, first_trial());
  const auto mask = recorded(market, plan, game->shape);
  CHECK(mask[0] == doctest::Approx(std::sqrt(0.5) - 0.2).epsilon(1e-13));
  for (std::size_t i = 1; i < 4; ++i)
    CHECK(mask[i] == doctest::Approx(0.5 * std::sqrt(0.5) - 0.2).epsilon(1e-13));
}

TEST_CASE_TEMPLATE("expert market: the same bits on 1, 2, 3 and 8 threads", T, float, double) {
  const tbb::global_control more(tbb::global_control::max_allowed_parallelism, 8);
  ExpertConfig config = tiny_market();
  config.batch = 300;  // five blocks of samples, three of a seller's rows
  config.experts.hidden = {150, 20};
  config.payoff.balance = -0.1;
  const auto game = make_game(config, random_images(700, 350, 9, 20, 5));
  std::vector<T> one;
  for (const int threads : {1, 2, 3, 8}) {
    tbb::task_arena arena(threads);
    arena.execute([&] {
      RegimePlan plan = plan_of(Objective::kMeanPayoff);
      ExpertMarket<T> market(game, plan, first_trial());
      const Everyone everyone(market.agents());
      play(market, 5, everyone.movers());
      std::vector<T> found = parameters(market);
      const auto& held_out = market.evaluate();
      found.insert(found.end(), held_out.loss.begin(), held_out.loss.end());
      if (threads == 1) one = found;
      CHECK(found == one);
    });
  }
}

TEST_CASE("expert market: single precision follows double precision") {
  ExpertConfig config = tiny_market();
  const auto game = make_game(config, random_images(40, 20, 3, 2, 3));
  const RegimePlan plan = plan_of(Objective::kOwnPayoff, Sgd{0.05});
  ExpertMarket<float> single(game, plan, first_trial());
  ExpertMarket<double> twice(game, plan, first_trial());
  const Everyone everyone(single.agents());
  play(single, 20, everyone.movers());
  play(twice, 20, everyone.movers());
  const auto a = parameters(single);
  const auto b = parameters(twice);
  double worst = 0.0, moved = 0.0;
  ExpertMarket<double> start(game, plan, first_trial());
  const auto c = parameters(start);
  for (std::size_t k = 0; k < a.size(); ++k) {
    worst = std::max(worst, std::fabs(static_cast<double>(a[k]) - b[k]));
    moved = std::max(moved, std::fabs(b[k] - c[k]));
  }
  CHECK(moved > 1e-2);
  CHECK(worst < 1e-5 * moved * 20);  // 20 steps, each rounded to 6e-8 of numbers near one
}

TEST_CASE("expert market: an idle seller drifts by what Adam remembers, if it is to") {
  // m' = beta1 m, v' = beta2 v, p += rate sqrt(1 - beta2) / (1 - beta1) m' / (sqrt(v') + epsilon)
  constexpr double kMean = 0.3, kSquare = 0.01;
  const Adam adam{.rate = 0.01};
  const double step = adam.rate * std::sqrt(1.0 - adam.beta2) / (1.0 - adam.beta1) * adam.beta1 *
                      kMean / (std::sqrt(adam.beta2 * kSquare) + adam.epsilon);
  for (const IdleSellers idle : {IdleSellers::kRest, IdleSellers::kDrift}) {
    ExpertConfig config = tiny_market();
    config.bidders = 1;
    config.bids.price = FixedPrice{0.9};  // above any bid
    config.idle_sellers = idle;
    const auto game = make_game(config, random_images(40, 10, 3, 2, 3));
    ExpertMarket<double> market(game, plan_of(Objective::kOwnPayoff, adam), first_trial());
    const Index parameters = market.shape().seller_parameters;
    std::fill_n(market.sellers().moment(0, 1), parameters, kMean);
    std::fill_n(market.sellers().moment(1, 1), parameters, kSquare);
    const std::vector<double> before(market.sellers().row(1), market.sellers().row(1) + parameters);
    const Everyone everyone(market.agents());
    play(market, 1, everyone.movers());
    const bool drifts = idle == IdleSellers::kDrift;
    for (Index k = 0; k < parameters; ++k)
      CHECK(market.sellers().row(1)[k] ==
            doctest::Approx(before[static_cast<std::size_t>(k)] + (drifts ? step : 0.0))
                .epsilon(1e-13));
    CHECK(gbid::test::updates_of(market)[2] == (drifts ? 1 : 0));
  }
}

TEST_CASE("expert market: a seller that nobody buys from rests") {
  ExpertConfig config = tiny_market();
  config.bidders = 1;
  config.bids.price = FixedPrice{0.9};  // above any bid
  const auto game = make_game(config, random_images(40, 10, 3, 2, 3));
  const RegimePlan plan = plan_of(Objective::kOwnPayoff);
  ExpertMarket<double> market(game, plan, first_trial());
  const auto before = parameters(market);
  const Everyone everyone(market.agents());
  play(market, 3, everyone.movers());
  const auto after = parameters(market);
  const auto sellers = static_cast<std::ptrdiff_t>(market.shape().bidder_parameters);
  CHECK(std::equal(before.begin() + sellers, before.end(), after.begin() + sellers));
  CHECK_FALSE(std::equal(before.begin(), before.begin() + sellers, after.begin()));
  CHECK(gbid::test::updates_of(market) == std::vector<Index>{3, 0, 0, 0, 0});
  CHECK(market.multiply_adds() == market.shape().multiply_adds(0, 0));
}

TEST_CASE("expert market: only those whose turn it is move") {
  ExpertConfig config = tiny_market();
  config.gating.top_k = 4;
  const auto game = make_game(config, random_images(40, 10, 3, 2, 3));
  const RegimePlan plan = plan_of(Objective::kOwnPayoff);
  ExpertMarket<double> market(game, plan, first_trial());
  const std::vector<Index> movers{1, 5};  // a bidder and a seller
  const auto before = parameters(market);
  play(market, 4, {movers, false});
  const auto after = parameters(market);
  const Shape& shape = market.shape();
  for (std::size_t k = 0; k < before.size(); ++k) {
    const auto index = static_cast<Index>(k);
    const Index bidders = shape.bidders * shape.bidder_parameters;
    const Index agent = index < bidders
                            ? index / shape.bidder_parameters
                            : shape.bidders + (index - bidders) / shape.seller_parameters;
    if (agent != 1 && agent != 5) REQUIRE(before[k] == after[k]);
  }
  CHECK(before != after);
  CHECK(gbid::test::updates_of(market)[1] == 4);
  CHECK(gbid::test::updates_of(market)[0] == 0);
}

TEST_CASE(
    "expert market: of sixteen sellers, samples sent to one cost a sixteenth of the experts' "
    "work") {
  ExpertConfig config = tiny_market();
  config.bidders = 1;
  config.sellers = 16;
  config.bids.price = FixedPrice{0.0};
  config.gating = {.top_k = 1, .noise = true};
  const auto game = make_game(config, random_images(40, 10, 3, 2, 3));
  const RegimePlan plan = plan_of(Objective::kOwnPayoff);
  ExpertMarket<double> market(game, plan, first_trial());
  shake(market);
  const Everyone everyone(market.agents());
  play(market, 1, everyone.movers());
  Index rows = 0;
  for (Index i = 0; i < 16; ++i) rows += market.rows(i);
  CHECK(rows == config.batch);
  const Shape& shape = market.shape();
  Index deals = 0;
  for (Index i = 0; i < 16; ++i) deals += market.rows(i) > 0;
  // By hand: gates 8 samples x 2 products of 6 x 32; rows 2 x 6 x 4 + 3 x 4 x 3 each; a pair that
  // trades 3 products of 4 x 3 x 3.
  const double gates = 8 * 2 * 6 * 32;
  CHECK(market.multiply_adds() == gates + 8 * 84.0 + static_cast<double>(deals) * 108.0);
  CHECK(shape.dense_multiply_adds() == gates + 16 * (8 * 84.0 + 108.0));
}

TEST_CASE("expert market: a seller's ask finds the monopoly price, half the bid") {
  // One bidder whose gates never move bids 1/sqrt(2 x 2) = 1/2 on each of two sellers; a seller
  // that sells bid - ask at its ask earns most at a quarter.
  ExpertConfig config = tiny_market();
  config.bidders = 1;
  config.sellers = 2;
  config.gating = {.top_k = 2, .noise = false};
  config.bids.price = AskPrice{{4}};
  config.payoff.payment = -1.0;
  RegimePlan plan = plan_of(Objective::kOwnPayoff, Adam{.rate = 0.01});
  plan.trajectory = {"price"};
  const auto game = make_game(config, random_images(40, 10, 3, 2, 3));
  ExpertMarket<double> market(game, plan, first_trial());
  // It starts there; away from it, it has to find back.
  const Index bias = market.shape().ask_layers.back().bias;
  CHECK(recorded(market, plan, game->shape)[0] == doctest::Approx(0.25).epsilon(1e-12));
  market.sellers().row(0)[bias] += 0.7;
  market.sellers().row(1)[bias] -= 0.7;
  CHECK(recorded(market, plan, game->shape)[0] > 0.35);
  CHECK(recorded(market, plan, game->shape)[1] < 0.16);
  const std::vector<Index> sellers{1, 2};
  play(market, 1500, {sellers, false});
  for (const double ask : recorded(market, plan, game->shape))
    CHECK(ask == doctest::Approx(0.25).epsilon(1e-6));
}

TEST_CASE("expert market: networks that are loaded again classify as before") {
  ExpertConfig config = tiny_market();
  config.bids.price = AskPrice{{4}};
  config.payoff.payment = -0.1;
  RegimePlan plan = plan_of(Objective::kOwnPayoff);
  plan.final = {"networks"};
  const auto game = make_game(config, random_images(40, 20, 3, 2, 3));
  ExpertMarket<double> market(game, plan, first_trial());
  const Everyone everyone(market.agents());
  shake(market);
  play(market, 10, everyone.movers());
  const std::vector<double> networks = record_of(market, 10, plan.final, Recorded::kFinal);
  const auto expected = parameters(market);

  ExpertMarket<double> other(game, plan, {.seed = 99});
  std::vector<std::pair<std::string, std::size_t>> sizes{
      {"gate_weight", 3 * 6 * 4}, {"noise_weight", 3 * 6 * 4},
      {"self_weight", 3},         {"head_weight", 3 * 3 * 3},
      {"head_bias", 3 * 3},       {"expert_weight_0", 4 * 6 * 4},
      {"expert_bias_0", 4 * 4},   {"expert_weight_1", 4 * 4 * 3},
      {"expert_bias_1", 4 * 3},   {"ask_weight_0", 4 * 3 * 4},
      {"ask_bias_0", 4 * 4},      {"ask_weight_1", 4 * 4},
      {"ask_bias_1", 4}};
  std::size_t at = 0;
  for (const auto& [name, size] : sizes) {
    CHECK(other.load(name, std::span(networks).subspan(at, size)));
    at += size;
  }
  CHECK(parameters(other) == expected);
}

TEST_CASE("expert market: a step allocates nothing") {
  config::Document document = config::Document::from_text(R"(
    steps = 40
    [market]
    structure = "mixture_of_experts"
    data = { kind = "synthetic", train = 100, held_out = 20 }
    batch = 16
    evaluate = 10
    experts = { hidden = [8], embedding = 4 }
    [regimes.competitive]
    [record]
    every = 1
    trajectory = ["loss", "held_out_accuracy", "load", "updates"])",
                                                          "test");
  for (const char* precision : {"float32", "float64"}) {
    document.set(std::string("market.precision=") + precision);
    // A run twice as long allocates as often: what is left is set up once.
    std::vector<std::int64_t> allocations;
    for (const char* steps : {"steps=20", "steps=40"}) {
      document.set(steps);
      const Scenario scenario = Scenario::load(document);
      struct Ignore final : Recorder {
        void trajectory(Index, Index, std::span<const double>) override {}
        void final(std::span<const double>) override {}
      } recorder;
      const auto simulation = scenario.simulation(0, 0);
      tbb::task_arena arena(1);
      const std::atomic<bool> stop = false;
      std::atomic<std::int64_t> done = 0;
      arena.execute([&] {
        const std::int64_t before = test::allocation_count();
        simulation->run(recorder, stop, done);
        allocations.push_back(test::allocation_count() - before);
      });
    }
    CHECK(allocations[0] == allocations[1]);
  }
}
