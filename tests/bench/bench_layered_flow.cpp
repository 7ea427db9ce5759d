// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// A training step of a layered flow (float32, batch 256, Adam) with so many of a neuron's
// connections forced shut. What a step must compute and move, with N connections of which a share
// d is open, and N_1 of them in the first layer:
//   products     2 x 256 d (2 N_1 + 3 (N - N_1)) flops: forward, back to the weights, and back to
//                what a layer reads
//   everybody    every connection has a flow and a weight, whatever its mask: about 60 flops (two
//                updates of Adam, and a squash) and 4 x 20 bytes (gradients written and read,
//                parameters and two moments read and written, a share written and read twice)
// A dense step is the first line with d = 1. The second line does not shrink with d: it bounds what
// sparsity can gain.
#include <benchmark/benchmark.h>
#include <oneapi/tbb/global_control.h>

#include <numeric>

#include "scenarios/layered_flow/market.hpp"
#include "scenarios/layered_flow/structure.hpp"
#include "tests/play_step.hpp"

namespace {

using namespace gbid;
using namespace gbid::layered_flow;

constexpr Index kBatch = 256, kClasses = 10;

std::shared_ptr<const Images> random_images(Index pixels) {
  auto images = std::make_shared<Images>();
  Stream stream({.seed = 1, .purpose = Purpose::kSyntheticImage});
  images->classes = kClasses;
  images->train = {4 * kBatch, 1, pixels, {}, {}};
  for (Index k = 0; k < images->train.count * pixels; ++k)
    images->train.pixels.push_back(static_cast<std::uint8_t>(256.0 * stream.uniform()));
  for (Index k = 0; k < images->train.count; ++k)
    images->train.labels.push_back(static_cast<std::uint8_t>(k % kClasses));
  images->held_out = images->train;
  return images;
}

/// Opens the same number of connections of every neuron, drawn without replacement: F is 1 there
/// and -1 elsewhere. Not all of them can exceed their mean: at least one is shut.
void force(FlowMarket<float>& market, std::size_t l, Index percent_shut) {
  const Layer& layer = market.shape().layers[l];
  const Index shut = std::max<Index>(1, (layer.inputs * percent_shut + 50) / 100);
  std::vector<Index> order(static_cast<std::size_t>(layer.inputs));
  std::vector<double> flows(static_cast<std::size_t>(layer.connections()), 1.0);
  for (Index j = 0; j < layer.outputs; ++j) {
    Stream stream({.seed = 2, .agent = static_cast<std::uint64_t>(layer.first_agent + j)});
    std::iota(order.begin(), order.end(), Index{0});
    for (Index k = 0; k < shut; ++k) {
      const Index other = k + stream.below_at(static_cast<std::uint64_t>(k), layer.inputs - k);
      std::swap(order[static_cast<std::size_t>(k)], order[static_cast<std::size_t>(other)]);
      flows[static_cast<std::size_t>(order[static_cast<std::size_t>(k)] * layer.outputs + j)] =
          -1.0;
    }
  }
  market.load("flow_" + std::to_string(l), flows);
}

void train(benchmark::State& state, Index pixels, const std::vector<Index>& hidden, Path path) {
  const tbb::global_control control(tbb::global_control::max_allowed_parallelism,
                                    static_cast<std::size_t>(state.range(1)));
  layered_flow::MarketConfig config;
  config.hidden = hidden;
  config.batch = kBatch;
  config.flows.scale = Scale::kKeepSignal;
  const auto game = make_game(config, random_images(pixels));
  RegimePlan plan;
  plan.group().learner = Adam{.rate = 1e-12};  // all the work, and masks that stay as they are
  plan.recorded_steps = {0};
  FlowMarket<float> market(game, plan, {.seed = 1}, path);
  for (std::size_t l = 0; l < game->shape.layers.size(); ++l) force(market, l, state.range(0));
  std::vector<Index> agents(static_cast<std::size_t>(market.agents()));
  std::iota(agents.begin(), agents.end(), Index{0});
  Index step = 0;
  for (auto _ : state) gbid::test::play_step(market, step++, {agents, true});
  double sparse_layers = 0.0, open = 0.0;
  for (std::size_t l = 0; l < game->shape.layers.size(); ++l) {
    sparse_layers += market.is_sparse(l);
    open += game->shape.multiply_adds(l, market.open_connections(l));
  }
  const double connections = game->shape.connections();
  state.counters["sparse_layers"] = sparse_layers;
  state.counters["open_flops"] = 2.0 * open;
  state.counters["dense_flops"] = 2.0 * game->shape.dense_multiply_adds();
  state.counters["bytes"] = 80.0 * connections;
  state.counters["open_flops/s"] =
      benchmark::Counter(2.0 * open, benchmark::Counter::kIsIterationInvariantRate);
}

const std::vector<std::int64_t> kShut{0, 50, 70, 80, 90, 95, 99};

void network(benchmark::State& state, Path path) { train(state, 784, {256, 256}, path); }
BENCHMARK_CAPTURE(network, dense, Path::kDense)
    ->ArgsProduct({kShut, {1, 2}})
    ->ArgNames({"shut%", "threads"})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(network, chosen, Path::kByDensity)
    ->ArgsProduct({kShut, {1, 2}})
    ->ArgNames({"shut%", "threads"})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// Where sparse products start to pay: nearly all of the step is one kind of layer.
const std::vector<std::int64_t> kAround{30, 40, 45, 50, 55, 60, 70, 90};

void first_layer(benchmark::State& state, Path path) { train(state, 784, {256}, path); }
void hidden_layers(benchmark::State& state, Path path) { train(state, 256, {256, 256, 256}, path); }
#define GBID_AROUND(function, name, path) \
  BENCHMARK_CAPTURE(function, name, path) \
      ->ArgsProduct({kAround, {1}})       \
      ->ArgNames({"shut%", "threads"})    \
      ->Unit(benchmark::kMillisecond)
GBID_AROUND(first_layer, dense, Path::kDense);
GBID_AROUND(first_layer, sparse, Path::kSparse);
GBID_AROUND(hidden_layers, dense, Path::kDense);
GBID_AROUND(hidden_layers, sparse, Path::kSparse);
#undef GBID_AROUND

}  // namespace
