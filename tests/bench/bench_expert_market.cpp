// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Training steps a second of the market of experts, batch 256, 784 pixels, experts 784-256-256-256,
// ten classes. Every sample that a seller computes takes 1.53 Mflop forward and 2.65 Mflop back (6
// x 784 x 256 first-layer products once forward and once for its weights; three products for every
// other layer), and every parameter moves 28 bytes in the learner (gradient read; parameter and two
// moments read and written). One bidder and three sellers that all compute everything: 1.23
// Gflop, 1.0 M parameters.
#include <benchmark/benchmark.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include "tests/play_step.hpp"
#include "tests/scenarios/mixture_of_experts/expert_market_fixture.hpp"

namespace {

using namespace gbid;
using namespace gbid::mixture_of_experts;
using ExpertConfig = mixture_of_experts::MarketConfig;

ExpertConfig market(Index bidders, Index sellers, Index top_k) {
  ExpertConfig config;
  config.bidders = bidders;
  config.sellers = sellers;
  config.gating.top_k = top_k;
  if (bidders == 1) config.bids.price = FixedPrice{0.0};  // nobody is priced out
  return config;
}

/// Steps from the start on, the first ones not counted.
template <class T = float>
void run(benchmark::State& state, const ExpertConfig& config, int threads,
         Objective objective = Objective::kOwnPayoff) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(threads));
  const auto images = load_images(SyntheticData{10000, 1000}, {});
  RegimePlan plan;
  plan.group().objective = objective;
  plan.group().learner = Adam{.rate = 0.001};
  plan.recorded_steps = {0, 1000000};
  const auto game = make_game(config, std::make_shared<Images>(images));
  tbb::task_arena arena(threads);
  arena.execute([&] {
    ExpertMarket<T> simulated(game, plan, test::first_trial());
    const test::Everyone everyone(simulated.agents());
    constexpr Index kWarmUp = 5;
    Index step = 0;
    for (; step < kWarmUp; ++step) gbid::test::play_step(simulated, step, everyone.movers());
    double spent = 0.0, dense = 0.0;
    for (auto _ : state) {
      gbid::test::play_step(simulated, step++, everyone.movers());
      spent += simulated.multiply_adds();
      dense += simulated.shape().dense_multiply_adds();
    }
    state.counters["steps/s"] =
        benchmark::Counter(1.0, benchmark::Counter::kIsIterationInvariantRate);
    state.counters["flop/s"] = benchmark::Counter(2.0 * spent, benchmark::Counter::kIsRate);
    state.counters["done/dense"] = spent / dense;
  });
}

void single_bidder(benchmark::State& state) {
  run(state, market(1, 3, 3), static_cast<int>(state.range(0)));
}
/// As published: a seller that the bids price out is not computed.
void single_bidder_published(benchmark::State& state) {
  ExpertConfig config = market(1, 3, 3);
  config.bids = {FixedPrice{0.2}, Alignment::kPublished};
  config.experts.activation = Activation::kIdentity;
  config.experts.init = Init::kPublished;
  run(state, config, static_cast<int>(state.range(0)));
}
void three_bidders_three_sellers(benchmark::State& state) {
  run(state, market(3, 3, 3), static_cast<int>(state.range(0)));
}
void sixteen_sellers(benchmark::State& state) {
  run(state, market(1, 16, state.range(1)), static_cast<int>(state.range(0)));
}

/// The yardstick: the first layer's product, 256 x 784 by 784 x 256, on one thread.
void plain_product(benchmark::State& state) {
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Matrix x = Matrix::Random(256, 784), w = Matrix::Random(784, 256);
  Matrix y(256, 256);
  for (auto _ : state) {
    y.noalias() = x * w;
    benchmark::DoNotOptimize(y.data());
  }
  state.counters["flop/s"] =
      benchmark::Counter(2.0 * 256 * 784 * 256, benchmark::Counter::kIsIterationInvariantRate);
}

BENCHMARK(plain_product)->Unit(benchmark::kMillisecond);
BENCHMARK(single_bidder)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond)->MinTime(3);
BENCHMARK(single_bidder_published)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->MinTime(3);
BENCHMARK(three_bidders_three_sellers)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->MinTime(3);
BENCHMARK(sixteen_sellers)
    ->Args({2, 16})
    ->Args({2, 8})
    ->Args({2, 4})
    ->Args({2, 2})
    ->Args({2, 1})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->MinTime(3);

}  // namespace
