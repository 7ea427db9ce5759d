// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/core/error.hpp"
#include "tests/allocation_counter.hpp"
#include "tests/play_step.hpp"
#include "tests/scenarios/layered_flow/layered_flow_fixture.hpp"

using namespace gbid;
using namespace gbid::layered_flow;
using namespace gbid::test::flows;
using gbid::test::play_step;
using gbid::test::record_of;

namespace {

std::vector<double> final_values(PlannedMarket& market) {
  return record_of(market, 0, market.plan().final, Recorded::kFinal);
}

/// Records every state of a run, then its networks and masks.
template <class T>
std::vector<double> play(std::shared_ptr<const Game> game, Path path, const Learner& learner,
                         Index steps) {
  FlowMarket<T> market(game, plan_of(learner, {0, steps}), kKey, path);
  const Everyone everyone(market.agents());
  std::vector<double> values;
  for (Index step = 0; step <= steps; ++step) {
    market.restore(step);
    const std::vector<double> row =
        record_of(market, step, market.plan().trajectory, Recorded::kTrajectory);
    values.insert(values.end(), row.begin(), row.end());
    if (step < steps) play_step(market, step, everyone.movers());
  }
  const std::vector<double> last = final_values(market);
  values.insert(values.end(), last.begin(), last.end());
  return values;
}

/// Records differ by a NaN where there was no evaluation, so bits are compared.
bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

const std::vector<std::pair<Squash, double>> kSquashes{{Squash::kL1, 0.5}, {Squash::kSoftmax, 2.0}};
const std::vector<Scale> kScales{Scale::kNone, Scale::kKeepSignal};
const std::vector<Activation> kActivations{Activation::kIdentity, Activation::kRelu,
                                           Activation::kTanh};

}  // namespace

TEST_CASE("layered flow: gradients of flows, weights and biases are those of central differences") {
  for (const auto& [squash, spread] : kSquashes)
    for (const Scale scale : kScales)
      for (const Activation activation : kActivations)
        for (const Path path : {Path::kDense, Path::kSparse}) {
          CAPTURE(static_cast<int>(squash));
          CAPTURE(static_cast<int>(scale));
          CAPTURE(static_cast<int>(activation));
          CAPTURE(static_cast<int>(path));
          Config config;
          config.activation = activation;
          config.flows = {squash, spread, scale};
          config.payoff = {-1.5, -1e-3};
          // A learner that goes nowhere: the gradients stay those of the start.
          FlowMarket<double> market(tiny_game(config), plan_of(Sgd{.rate = 0.0}), kKey, path);
          const Shape& shape = market.shape();
          const Everyone everyone(market.agents());
          play_step(market, 0, everyone.movers());
          market.observe(0);
          for (std::size_t l = 0; l < shape.layers.size(); ++l) {
            CAPTURE(l);
            const layered_flow::Layer& layer = shape.layers[l];
            double largest[3] = {}, without_penalty = 0.0, worst[3] = {};
            for (Index j = 0; j < layer.outputs; ++j) {
              double* row = market.neurons(l).row(j);
              const double* gradient = market.neurons(l).gradient(j);
              const auto compare = [&](int kind, Index k) {
                // Rounding 1e-16 / h and truncation h^2 are both about 1e-10.
                constexpr double h = 1e-5;
                const double start = row[k];
                double payoff[2];
                for (const int side : {0, 1}) {
                  row[k] = start + (side == 0 ? -h : h);
                  market.bid();
                  market.clear();
                  payoff[side] = market.payoff();
                }
                row[k] = start;
                const double difference = (payoff[1] - payoff[0]) / (2.0 * h);
                worst[kind] = std::max(worst[kind], std::fabs(difference - gradient[k]));
                largest[kind] = std::max(largest[kind], std::fabs(gradient[k]));
                if (kind == 0)
                  without_penalty = std::max(without_penalty,
                                             std::fabs(gradient[k] + std::copysign(1e-3, start)));
              };
              for (Index i = 0; i < layer.inputs; ++i) compare(0, i);
              for (Index i = 0; i < layer.inputs; ++i) compare(1, layer.weights() + i);
              compare(2, layer.bias());
            }
            for (const int kind : {0, 1, 2}) {
              CAPTURE(kind);
              CHECK(largest[kind] > 1e-5);
              CHECK(worst[kind] < 1e-9 + 1e-6 * largest[kind]);
            }
            CHECK(without_penalty > 1e-6);
          }
        }
}

TEST_CASE("layered flow: masks of one neuron, by hand") {
  const auto masks = [](Squash squash, Scale scale, const std::vector<double>& flows) {
    Config config;
    config.hidden = {};
    config.batch = 4;
    config.flows = {squash, 0.1, scale};
    FlowMarket<double> market(make_game(config, random_images(8, 2, 2, 2)), plan_of(Sgd{}), kKey);
    std::vector<double> both;  // (4 x 2): the second neuron has the flows in reverse
    for (std::size_t i = 0; i < 4; ++i) both.insert(both.end(), {flows[i], flows[3 - i]});
    market.load("flow_0", both);
    market.bid();
    std::vector<double> found;
    for (Index i = 0; i < 4; ++i) {
      CHECK(market.mask(0, i, 0) == doctest::Approx(market.mask(0, 3 - i, 1)));
      found.push_back(market.mask(0, i, 0));
    }
    return found;
  };
  const auto check = [](const std::vector<double>& found, const std::vector<double>& expected) {
    for (std::size_t i = 0; i < 4; ++i) CHECK(found[i] == doctest::Approx(expected[i]));
  };
  // As published: F = .3, -.1, .1, .5, whose mean is .2.
  const std::vector<double> flows{3.0, -1.0, 1.0, 5.0};
  check(masks(Squash::kL1, Scale::kNone, flows), {0.1, 0.0, 0.0, 0.3});
  // The norm of (.1, .3) is sqrt(.1), so that the factor is sqrt(4 / .1).
  check(masks(Squash::kL1, Scale::kKeepSignal, flows),
        {0.1 * std::sqrt(40.0), 0.0, 0.0, 0.3 * std::sqrt(40.0)});
  // F = .1, .2, .3, .4.
  const std::vector<double> powers{0.0, std::log(2.0), std::log(3.0), std::log(4.0)};
  check(masks(Squash::kSoftmax, Scale::kNone, powers), {0.0, 0.0, 0.05, 0.15});
}

TEST_CASE("layered flow: a network of one layer, by hand") {
  // Two pixels that are white or black, two classes. F = (1, 0): mean 1/2, mask (1/2, 0).
  auto images = std::make_shared<Images>();
  images->classes = 2;
  images->train = images->held_out = {2, 1, 2, {255, 0, 0, 255}, {0, 1}};
  Config config;
  config.hidden = {};
  config.batch = 2;
  config.payoff = {-2.0, -0.25};
  FlowMarket<double> market(make_game(config, images), plan_of(Sgd{}), kKey);
  market.load("flow_0", std::vector<double>{1.0, 1.0, 0.0, 0.0});
  market.load("weight_0", std::vector<double>{2.0, -2.0, 7.0, 7.0});
  market.load("bias_0", std::vector<double>{0.5, 0.5});
  market.observe(0);
  market.bid();
  market.clear();
  // Logits of the first image 1.5, -0.5, of the second 0.5, 0.5.
  const double loss = (std::log(1.0 + std::exp(-2.0)) + std::log(2.0)) / 2.0;
  CHECK(market.loss() == doctest::Approx(loss));
  CHECK(market.norm_sum() == doctest::Approx(2.0));
  CHECK(market.payoff() == doctest::Approx(-2.0 * loss - 0.5));
  CHECK(market.open_connections(0) == 2);
  // Half of the connections are open: dense products, which compute all four of them for two
  // samples, forward and back to weights. Sparse ones compute the two that are open.
  REQUIRE_FALSE(market.is_sparse(0));
  CHECK(market.multiply_adds() == 4.0 * 2.0 * 2.0);
  CHECK(market.shape().dense_multiply_adds() == 4.0 * 2.0 * 2.0);
  FlowMarket<double> sparse(make_game(config, images), plan_of(Sgd{}), kKey, Path::kSparse);
  sparse.load("flow_0", std::vector<double>{1.0, 1.0, 0.0, 0.0});
  sparse.bid();
  CHECK(sparse.multiply_adds() == 2.0 * 2.0 * 2.0);
}

TEST_CASE("layered flow: sparse and dense products agree") {
  for (const auto& [squash, spread] : kSquashes) {
    Config config;
    config.activation = Activation::kTanh;
    config.flows = {squash, spread, Scale::kKeepSignal};
    const auto game = uneven_game(config);
    FlowMarket<double> dense(game, plan_of(Sgd{.rate = 0.0}), kKey, Path::kDense);
    FlowMarket<double> sparse(game, plan_of(Sgd{.rate = 0.0}), kKey, Path::kSparse);
    const Everyone everyone(dense.agents());
    play_step(dense, 0, everyone.movers());
    play_step(sparse, 0, everyone.movers());
    CHECK_FALSE(dense.is_sparse(0));
    CHECK(sparse.is_sparse(0));
    // Sums of at most a few hundred terms of order one in another order: 1e-13.
    CHECK(sparse.loss() == doctest::Approx(dense.loss()).epsilon(1e-12));
    double worst = 0.0, largest = 0.0;
    for (std::size_t l = 0; l < game->shape.layers.size(); ++l)
      for (Index j = 0; j < game->shape.layers[l].outputs; ++j)
        for (Index k = 0; k < game->shape.layers[l].parameters(); ++k) {
          const double a = dense.neurons(l).gradient(j)[k], b = sparse.neurons(l).gradient(j)[k];
          worst = std::max(worst, std::fabs(a - b));
          largest = std::max(largest, std::fabs(a));
        }
    CHECK(largest > 1e-3);
    CHECK(worst < 1e-12);
  }
}

TEST_CASE("layered flow: a layer is sparse where few connections are open, by its counts alone") {
  Config config;
  const auto is_sparse = [&](Squash squash, double spread) {
    config.flows = {squash, spread, Scale::kNone};
    FlowMarket<float> market(uneven_game(config), plan_of(Sgd{}), kKey);
    market.bid();
    return market.is_sparse(0);
  };
  CHECK_FALSE(is_sparse(Squash::kL1, 0.1));  // half are open
  CHECK(is_sparse(Squash::kSoftmax, 3.0));   // one in six
}

TEST_CASE("layered flow: the same bits on 1, 2, 3 and 8 threads") {
  const tbb::global_control more(tbb::global_control::max_allowed_parallelism, 8);
  Config config;
  config.evaluate = 2;
  config.flows = {Squash::kSoftmax, 2.0, Scale::kKeepSignal};
  const auto game = uneven_game(config);
  const auto check = [&]<class T>(T, Path path) {
    std::vector<double> one;
    tbb::task_arena(1).execute([&] { one = play<T>(game, path, Adam{.rate = 0.01}, 5); });
    for (const int threads : {2, 3, 8}) {
      std::vector<double> many;
      tbb::task_arena(threads).execute([&] { many = play<T>(game, path, Adam{.rate = 0.01}, 5); });
      CHECK(same_bits(one, many));
    }
  };
  for (const Path path : {Path::kDense, Path::kSparse}) {
    check(float{}, path);
    check(double{}, path);
  }
}

TEST_CASE("layered flow: the step loop allocates nothing") {
  if (test::allocation_count() < 0) return;  // the sanitizers' own allocator is not counted
  Config config;
  config.evaluate = 3;
  for (const Path path : {Path::kDense, Path::kSparse})
    for (const Learner& learner : {Learner{Adam{}}, Learner{Extragradient{}}}) {
      const auto game = uneven_game(config);
      FlowMarket<float> market(game, plan_of(learner), kKey, path);
      const Everyone everyone(market.agents());
      std::int64_t count = -1;
      tbb::task_arena(1).execute([&] {
        const std::int64_t before = test::allocation_count();
        for (Index step = 0; step < 12; ++step) {
          market.derive(step, Recorded::kTrajectory);
          play_step(market, step, everyone.movers());
        }
        count = test::allocation_count() - before;
      });
      CHECK(count == 0);
    }
}

TEST_CASE("layered flow: float32 stays near float64") {
  Config config;
  config.flows = {Squash::kSoftmax, 2.0, Scale::kKeepSignal};
  const auto game = uneven_game(config);
  FlowMarket<float> single(game, plan_of(Adam{.rate = 0.001}), kKey);
  FlowMarket<double> twice(game, plan_of(Adam{.rate = 0.001}), kKey);
  const Everyone everyone(single.agents());
  // Seven digits, of which a step of Adam loses some where a gradient is near zero: over 20 steps
  // 1e-3 is generous.
  for (Index step = 0; step < 20; ++step) {
    play_step(single, step, everyone.movers());
    play_step(twice, step, everyone.movers());
    CHECK(single.loss() == doctest::Approx(twice.loss()).epsilon(step == 0 ? 1e-5 : 1e-3));
  }
  CHECK(twice.loss() != single.loss());
}

TEST_CASE(
    "layered flow: those who do not move keep their parameters, and movers learn as among all") {
  for (const Path path : {Path::kDense, Path::kSparse}) {
    const auto game = tiny_game({});
    FlowMarket<double> all(game, plan_of(Adam{.rate = 0.01}), kKey, path);
    FlowMarket<double> some(game, plan_of(Adam{.rate = 0.01}), kKey, path);
    const FlowMarket<double> start(game, plan_of(Adam{.rate = 0.01}), kKey, path);
    const Everyone everyone(all.agents());
    const std::vector<Index> movers{2, 6, 8, 14};  // of all three layers
    play_step(all, 0, everyone.movers());
    play_step(some, 0, {movers, false});
    for (std::size_t l = 0; l < game->shape.layers.size(); ++l) {
      const layered_flow::Layer& layer = game->shape.layers[l];
      for (Index j = 0; j < layer.outputs; ++j) {
        const Index agent = layer.first_agent + j;
        const bool is_mover = std::find(movers.begin(), movers.end(), agent) != movers.end();
        const double* row = some.neurons(l).row(j);
        const double* expected =
            (is_mover ? all : const_cast<FlowMarket<double>&>(start)).neurons(l).row(j);
        CHECK(std::equal(row, row + layer.parameters(), expected));
        CHECK(gbid::test::updates_of(some)[static_cast<std::size_t>(agent)] == (is_mover ? 1 : 0));
      }
    }
  }
}

TEST_CASE("layered flow: starts are one stream a layer, flows before weights, row by row") {
  Config config;
  config.flows.spread = 0.3;
  config.init = Init::kPublished;
  FlowMarket<double> market(tiny_game(config), plan_of(Sgd{}), kKey);
  for (std::size_t l = 0; l < 3; ++l) {
    Stream stream({.seed = 3, .purpose = Purpose::kNetwork, .trial = 2, .agent = l});
    const layered_flow::Layer& layer = market.shape().layers[l];
    for (const Index offset : {Index{0}, layer.weights()})
      for (Index i = 0; i < layer.inputs; ++i)
        for (Index j = 0; j < layer.outputs; ++j)
          CHECK(market.neurons(l).row(j)[offset + i] ==
                truncated_normal(stream, offset == 0 ? 0.3 : 0.1));
    CHECK(market.neurons(l).row(0)[layer.bias()] == 0.1);
  }
}

TEST_CASE("layered flow: recorded networks, loaded again, judge held-out images alike") {
  const auto game = uneven_game({});
  FlowMarket<float> trained(game, plan_of(Adam{.rate = 0.01}), kKey);
  const Everyone everyone(trained.agents());
  for (Index step = 0; step < 5; ++step) play_step(trained, step, everyone.movers());
  const std::vector<double> values = final_values(trained);
  FlowMarket<float> loaded(game, plan_of(Sgd{}), {.seed = 99});
  CHECK(loaded.evaluate().loss != trained.evaluate().loss);
  const double* next = values.data();
  for (const Variable& variable :
       recorded_variables(arrays(game->shape), Recorded::kFinal, "networks")) {
    std::size_t size = 1;
    for (const std::string& name : variable.dimensions)
      for (const Dimension& dimension : dimensions(game->shape))
        if (dimension.name == name) size *= static_cast<std::size_t>(dimension.size);
    loaded.load(variable.name, {next, size});
    next += size;
  }
  CHECK(loaded.evaluate().loss == trained.evaluate().loss);
  CHECK(loaded.evaluate().accuracy == trained.evaluate().accuracy);
}

TEST_CASE("layered flow: numbers that go wrong are named with layer, neuron and term") {
  const auto message = [](const std::string& variable, double value) {
    FlowMarket<double> market(tiny_game({}), plan_of(Sgd{}), kKey);
    const layered_flow::Layer& layer = market.shape().layers[1];  // agents 7 to 11
    double* row = market.neurons(1).row(3);
    if (variable == "flow") std::fill_n(row, layer.inputs, value);
    if (variable == "weight") row[layer.weights() + 2] = value;
    if (variable == "bias") row[layer.bias()] = value;
    const Everyone everyone(market.agents());
    try {
      play_step(market, 0, everyone.movers());
    } catch (const NumericError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(message("flow", 0.0) == "flow: the flows of neuron 3 of layer 1 (agent 10) are all zero");
  CHECK(message("flow", NAN) == "flow: the flows of neuron 3 of layer 1 (agent 10) are not finite");
  CHECK(message("weight", INFINITY) ==
        "weight: the weights of neuron 3 of layer 1 (agent 10) are not finite");
  CHECK(message("bias", 1e300) == "");
  CHECK(message("weight", 1.0) == "");
}
