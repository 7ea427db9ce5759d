// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Starts: which numbers of the stream go where, and their moments. Samples are 100,000 numbers, so
// that a mean is within 4.5 standard errors but once in 150,000 tries; the seeds are fixed.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "agents/network/initialise.hpp"

using namespace gbid;
using doctest::Approx;

namespace {

constexpr Index kSample = 100000;
constexpr double kErrors = 4.5;
const StreamKey kKey{.seed = 3, .purpose = Purpose::kNetwork};

struct Moments {
  double mean, deviation, largest;
};

Moments moments_of(const std::vector<double>& values) {
  double sum = 0.0, square = 0.0, largest = 0.0;
  for (const double x : values) {
    sum += x;
    square += x * x;
    largest = std::max(largest, std::fabs(x));
  }
  const auto n = static_cast<double>(values.size());
  return {sum / n, std::sqrt(square / n - sum / n * sum / n), largest};
}

std::size_t at(Index k) { return static_cast<std::size_t>(k); }

}  // namespace

TEST_CASE("uniform: mean 0, deviation bound / sqrt 3, never beyond its bound") {
  std::vector<double> values(at(kSample));
  Stream stream(kKey);
  fill_uniform(stream, 2.0, values.data(), kSample);
  const Moments found = moments_of(values);
  const double deviation = 2.0 / std::sqrt(3.0);
  CHECK(std::fabs(found.mean) < kErrors * deviation / std::sqrt(double{kSample}));
  CHECK(found.deviation == Approx(deviation).epsilon(0.01));
  CHECK(found.largest <= 2.0);
  CHECK(found.largest > 1.99);
}

TEST_CASE("truncated normal: nothing beyond two deviations, and the variance that this leaves") {
  std::vector<double> values(at(kSample));
  Stream stream(kKey);
  fill_truncated_normal(stream, 0.5, values.data(), kSample);
  const Moments found = moments_of(values);
  // Var = 1 - 2 a phi(a) / (2 Phi(a) - 1) at a = 2.
  const double density = std::exp(-2.0) / std::sqrt(2.0 * std::numbers::pi);
  const double deviation = 0.5 * std::sqrt(1.0 - 4.0 * density / std::erf(std::numbers::sqrt2));
  CHECK(std::fabs(found.mean) < kErrors * deviation / std::sqrt(double{kSample}));
  CHECK(found.deviation == Approx(deviation).epsilon(0.01));
  CHECK(found.largest <= 1.0);
  CHECK(found.largest > 0.99);
}

TEST_CASE("near given bids: weights drawn output by output, biases zero, the last the bids") {
  const Mlp<double> network(2, {{3}, Activation::kTanh}, 2, Skip::kLinear);
  std::vector<double> p(at(network.parameter_count()), 99.0);
  const std::vector<double> start{5.0, 6.0};
  Stream stream(kKey), same(kKey);
  initialise_near(network, stream, start.data(), p.data());
  for (const Layer& layer : network.layers())
    for (Index k = 0; k < layer.outputs; ++k)
      for (Index j = 0; j < layer.inputs; ++j)
        CHECK(p[at(layer.weights + j * layer.outputs + k)] ==
              (2.0 * same.uniform() - 1.0) * (1.0 / std::sqrt(static_cast<double>(layer.inputs))));
  const Layer &first = network.layers().front(), &last = network.layers().back();
  for (Index k = first.bias; k < first.end(); ++k) CHECK(p[at(k)] == 0.0);
  CHECK(p[at(last.bias)] == 5.0);
  CHECK(p[at(last.bias + 1)] == 6.0);
  for (std::size_t k = at(network.skip_weights()); k < p.size(); ++k) CHECK(p[k] == 0.0);
  std::vector<double> table(2);
  initialise_near(Table(2), stream, start.data(), table.data());
  CHECK(table == start);
}

TEST_CASE("bending: bounds of every layer, small outputs and no skip") {
  const Mlp<float> network(2, {{400, 300}, Activation::kTanh}, 5, Skip::kLinear);
  std::vector<float> p(at(network.parameter_count()), 99.0f);
  Stream stream(kKey), same(kKey);
  initialise_bending(network, stream, p.data());
  const auto largest = [&](Index begin, Index end) {
    double most = 0.0;
    for (Index k = begin; k < end; ++k)
      most = std::max(most, std::fabs(static_cast<double>(p[at(k)])));
    return most;
  };
  // The largest of at least 300 uniform numbers is within 5 % of the bound but once in 5 million.
  const auto& layers = network.layers();
  CHECK(largest(layers[0].weights, layers[0].bias) == Approx(1.5).epsilon(0.05));
  CHECK(largest(layers[0].bias, layers[0].end()) == Approx(1.0).epsilon(0.05));
  CHECK(largest(layers[1].weights, layers[1].bias) == Approx(std::sqrt(3.0 / 400.0)).epsilon(0.01));
  CHECK(largest(layers[1].bias, layers[1].end()) == Approx(0.3).epsilon(0.05));
  CHECK(largest(layers[2].weights, layers[2].bias) == Approx(0.1 / std::sqrt(300.0)).epsilon(0.02));
  CHECK(largest(layers[2].bias, network.parameter_count()) == 0.0);
  CHECK(p.front() == static_cast<float>(1.5 * (2.0 * same.uniform() - 1.0)));
}

TEST_CASE("truncated normals: published and scaled, layer after layer from one stream") {
  const std::vector<Layer> layers = stack_layers(50, {40}, 10, Activation::kRelu);
  for (const Init init : {Init::kPublished, Init::kScaled}) {
    const bool is_published = init == Init::kPublished;
    std::vector<double> p(at(layers.back().end()));
    Stream stream(kKey), same(kKey);
    initialise_normal(layers, init, stream, p.data());
    for (const Layer& layer : layers) {
      const double deviation =
          is_published ? 0.1 : std::sqrt(2.0 / static_cast<double>(layer.inputs));
      for (Index k = layer.weights; k < layer.bias; ++k)
        CHECK(p[at(k)] == truncated_normal(same, deviation));
      for (Index k = layer.bias; k < layer.end(); ++k)
        CHECK(p[at(k)] == (is_published ? 0.1 : 0.0));
    }
  }
}
