// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Steps a second of the price-of-anarchy market. What a step must move and compute, for n agents in
// float64:
//   competitive, one agent a step:  24 n^2 bytes (one read pass, one read-write pass over B),
//                                   10 n^2 flops, about 2 n exponentials and logarithms
//   simultaneous, own payoffs:      5 n^3 flops (inverse 2, Q'Q 1, Z Q' 2)
//   coordinated, mean payoff:       6 n^3 flops (inverse 2, two products 4)
// Trials side by side, eight to a vector, are counted together: steps of all trials a second.
#include <benchmark/benchmark.h>
#include <oneapi/tbb/global_control.h>

#include <numeric>

#include "engine/math/product.hpp"
#include "engine/simulation/simulation.hpp"
#include "scenarios/bid_matrix/bid_matrix_game.hpp"
#include "scenarios/bid_matrix/lanes/bid_matrix_lanes.hpp"
#include "scenarios/bidding/bid_block.hpp"

namespace {

using namespace gbid;

struct Discard final : Recorder {
  void trajectory(Index, Index, std::span<const double> values) override {
    benchmark::DoNotOptimize(values.data());
  }
  void final(std::span<const double>) override {}
};

std::shared_ptr<bid_matrix::Game> random_game(Index n, std::uint64_t seed) {
  bid_matrix::Game game{
      PaddedMatrix(n, n), {}, std::vector<double>(static_cast<std::size_t>(n), 1.0)};
  Stream stream({.seed = seed, .purpose = Purpose::kContribution});
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j)
      game.contribution(i, j) = stream.uniform() * 2.0 / static_cast<double>(n);
  return std::make_shared<bid_matrix::Game>(std::move(game));
}

/// Steps of `trials` trials of one regime: each by itself, or side by side as one block.
void run(benchmark::State& state, Objective objective, const Schedule& schedule, Index every,
         int threads, Index trials = 1) {
  const tbb::global_control control(tbb::global_control::max_allowed_parallelism,
                                    static_cast<std::size_t>(threads));
  const Index n = state.range(0), steps = state.range(1);
  bid_matrix::MarketConfig config;
  config.agents = n;
  config.payoff = {{"utility", {1.0}}, {"emission", {1.0}}, {"divergence", {-0.5}}};
  RegimePlan plan;
  plan.group().objective = objective;
  plan.group().schedule = schedule;
  for (Index s = 0; s < steps; s += every) plan.recorded_steps.push_back(s);
  plan.recorded_steps.push_back(steps);
  plan.trajectory = {"welfare"};
  plan.trajectory_width = 1;
  for (auto _ : state) {
    std::vector<bid_matrix::BidMatrixGame*> games;
    std::vector<std::unique_ptr<BidMarket>> markets;
    std::vector<Simulation::Own> own;
    for (Index trial = 0; trial < trials; ++trial) {
      const auto seed = static_cast<std::uint64_t>(trial) + 1;
      PaddedMatrix start(n, n);
      Stream stream({.seed = seed, .purpose = Purpose::kInitialBids});
      for (Index i = 0; i < n; ++i)
        for (Index j = 0; j < n; ++j) start(i, j) = stream.uniform();
      auto game = std::make_unique<bid_matrix::BidMatrixGame>(
          config, random_game(n, seed),
          GameUse{.objectives = {objective},
                  .movers_per_step = movers_per_step(schedule, n),
                  .observe = {},
                  .recorded = {"welfare"}});
      games.push_back(game.get());
      markets.push_back(std::make_unique<BidMarket>(std::move(game), Table{},
                                                    std::vector<Observation>{}, plan, start,
                                                    StreamKey{.seed = seed}, nullptr, nullptr));
      own.push_back({.key = {.seed = seed}});
    }
    std::unique_ptr<Market> market;
    if (trials > 1) {
      market = std::make_unique<BidBlock>(std::move(markets),
                                          std::make_unique<bid_matrix::BidMatrixLanes>(games));
    } else {
      std::vector<std::unique_ptr<TrialMarket>> alone;
      alone.push_back(std::move(markets.front()));
      market = std::make_unique<TrialByTrial>(std::move(alone));
    }
    const MoverGroup groups[] = {plan.group()};
    Simulation simulation(std::move(market), plan, groups, own);
    std::vector<Discard> discard(own.size());
    std::vector<Recorder*> recorders;
    for (Discard& trial : discard) recorders.push_back(&trial);
    const std::atomic<bool> stop = false;
    std::atomic<std::int64_t> done = 0;
    simulation.run(recorders, stop, done);
  }
  state.counters["steps/s"] = benchmark::Counter(static_cast<double>(steps * trials),
                                                 benchmark::Counter::kIsIterationInvariantRate);
}

/// The yardstick of the two regimes in which all move: one product of the same size on the same
/// threads.
void plain_product(benchmark::State& state) {
  const tbb::global_control control(tbb::global_control::max_allowed_parallelism, 2);
  const Index n = state.range(0);
  PaddedMatrix a(n, n), b(n, n), c(n, n);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) a(i, j) = b(j, i) = 1.0 / static_cast<double>(i + j + 1);
  for (auto _ : state) {
    product(as_eigen(c), as_eigen(a), as_eigen(b));
    benchmark::DoNotOptimize(c.row(0));
  }
  const double size = static_cast<double>(n);
  state.counters["flop/s"] =
      benchmark::Counter(2.0 * size * size * size, benchmark::Counter::kIsIterationInvariantRate);
}

void competitive(benchmark::State& state) {
  run(state, Objective::kOwnPayoff, OneRandom{}, 100, 1);
}
void competitive_two_threads(benchmark::State& state) {
  run(state, Objective::kOwnPayoff, OneRandom{}, 100, 2);
}
void simultaneous(benchmark::State& state) {
  run(state, Objective::kOwnPayoff, AllAgents{}, 100, 2);
}
void coordinated(benchmark::State& state) {
  run(state, Objective::kMeanPayoff, AllAgents{}, 100, 2);
}

void competitive_lanes(benchmark::State& state) {
  run(state, Objective::kOwnPayoff, OneRandom{}, 100, 1, kWideLanes);
}
void simultaneous_lanes(benchmark::State& state) {
  run(state, Objective::kOwnPayoff, AllAgents{}, 100, 1, kWideLanes);
}
void coordinated_lanes(benchmark::State& state) {
  run(state, Objective::kMeanPayoff, AllAgents{}, 100, 1, kWideLanes);
}

BENCHMARK(competitive_lanes)
    ->Args({10, 100000})
    ->Args({30, 20000})
    ->Args({64, 5000})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(simultaneous_lanes)
    ->Args({10, 10000})
    ->Args({30, 1000})
    ->Args({64, 200})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(coordinated_lanes)
    ->Args({10, 10000})
    ->Args({30, 1000})
    ->Args({64, 200})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(plain_product)->Arg(300)->Arg(1000)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(competitive)
    ->Args({10, 200000})
    ->Args({30, 50000})
    ->Args({64, 20000})
    ->Args({100, 30000})
    ->Args({300, 5000})
    ->Args({1000, 3000})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(competitive_two_threads)
    ->Args({1000, 3000})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(simultaneous)
    ->Args({10, 20000})
    ->Args({30, 3000})
    ->Args({64, 1000})
    ->Args({100, 500})
    ->Args({300, 50})
    ->Args({1000, 20})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(coordinated)
    ->Args({10, 20000})
    ->Args({30, 3000})
    ->Args({64, 1000})
    ->Args({100, 500})
    ->Args({300, 50})
    ->Args({1000, 20})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
