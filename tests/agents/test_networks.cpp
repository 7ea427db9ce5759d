// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "agents/network/network.hpp"
#include "engine/random/stream.hpp"

using namespace gbid;
using doctest::Approx;

namespace {

constexpr Activation kAll[] = {Activation::kTanh, Activation::kRelu, Activation::kGelu,
                               Activation::kIdentity, Activation::kSigmoid};

double plain_activation(Activation kind, double x) {
  switch (kind) {
    case Activation::kTanh:
      return std::tanh(x);
    case Activation::kRelu:
      return std::fmax(x, 0.0);
    case Activation::kGelu:
      return x * (0.5 + 0.5 * std::erf(x / std::numbers::sqrt2));
    case Activation::kSigmoid:
      return 0.5 + 0.5 * std::tanh(0.5 * x);
    case Activation::kIdentity:
      break;
  }
  return x;
}

std::size_t at(Index k) { return static_cast<std::size_t>(k); }

/// Layer by layer and number by number.
template <class T>
std::vector<double> plain_forward(const Mlp<T>& network, const std::vector<double>& p,
                                  const double* x) {
  std::vector<double> h(x, x + network.inputs());
  for (const Layer& layer : network.layers()) {
    std::vector<double> next;
    for (Index k = 0; k < layer.outputs; ++k) {
      double z = p[at(layer.bias + k)];
      for (Index j = 0; j < layer.inputs; ++j)
        z += h[at(j)] * p[at(layer.weights + j * layer.outputs + k)];
      next.push_back(&layer == &network.layers().back() ? z
                                                        : plain_activation(layer.activation, z));
    }
    h = std::move(next);
  }
  for (Index k = 0; network.has_skip() && k < network.outputs(); ++k)
    for (Index j = 0; j < network.inputs(); ++j)
      h[at(k)] += x[j] * p[at(network.skip_weights() + j * network.outputs() + k)];
  return h;
}

/// Outputs against plain loops, and the gradient of the sum over samples of y . d_y against central
/// differences of these loops, in every parameter.
template <class T>
void check_network(const Mlp<T>& network, Index samples, double tolerance) {
  const Index in = network.inputs(), out = network.outputs();
  Stream stream({.seed = 3, .purpose = Purpose::kNetwork});
  const auto draw = [&](Index count) {
    std::vector<double> values;
    // Rounded to what T holds, so that both see the same.
    for (Index k = 0; k < count; ++k)
      values.push_back(static_cast<double>(static_cast<T>(0.7 * stream.normal())));
    return values;
  };
  const auto rounded = [](const std::vector<double>& values) {
    return std::vector<T>(values.begin(), values.end());
  };
  std::vector<double> p = draw(network.parameter_count());
  const std::vector<double> x = draw(samples * in), d_y = draw(samples * out);
  const std::vector<T> parameters = rounded(p), inputs = rounded(x), d_outputs = rounded(d_y);
  std::vector<T> y(at(samples * out)), gradient(p.size()),
      activations(at(network.activation_count(samples))),
      scratch(at(network.scratch_count(samples)));
  const auto x_rows = rows_of(inputs.data(), samples, in, in);
  network.forward(parameters.data(), x_rows, activations.data(),
                  rows_of(y.data(), samples, out, out));
  network.pull_back(parameters.data(), x_rows, activations.data(),
                    rows_of(d_outputs.data(), samples, out, out), gradient.data(), scratch.data());
  const auto objective = [&] {
    double total = 0.0;
    for (Index s = 0; s < samples; ++s) {
      const std::vector<double> answer = plain_forward(network, p, x.data() + s * in);
      for (Index k = 0; k < out; ++k) total += answer[at(k)] * d_y[at(s * out + k)];
    }
    return total;
  };
  for (Index s = 0; s < samples; ++s) {
    const std::vector<double> answer = plain_forward(network, p, x.data() + s * in);
    for (Index k = 0; k < out; ++k)
      CHECK(static_cast<double>(y[at(s * out + k)]) ==
            Approx(answer[at(k)]).scale(1.0).epsilon(tolerance));
  }
  double largest = 0.0;
  for (std::size_t k = 0; k < p.size(); ++k) {
    const double kept = p[k], h = 1e-6;
    p[k] = kept + h;
    const double above = objective();
    p[k] = kept - h;
    const double difference = (above - objective()) / (2.0 * h);
    p[k] = kept;
    // Differences lose half of a double's digits.
    CHECK(static_cast<double>(gradient[k]) ==
          Approx(difference).scale(1.0).epsilon(std::max(tolerance, 1e-7)));
    largest = std::max(largest, std::fabs(difference));
  }
  CHECK(largest > 0.1);
}

}  // namespace

TEST_CASE_TEMPLATE("every activation and its slope agree with plain formulas", T, float, double) {
  const double tolerance = sizeof(T) == 4 ? 1e-5 : 1e-8;
  const std::vector<T> x{T(-3.0), T(-0.7), T(-0.1), T(0.1), T(0.9), T(4.0), T(0.3)};
  for (const Activation kind : kAll) {
    CAPTURE(static_cast<int>(kind));
    std::vector<T> y = x, slopes(x.size(), T{1});
    activate_in_place(kind, y.data(), static_cast<Index>(y.size()));
    multiply_by_slope(kind, slope_needs_input(kind) ? x.data() : y.data(), slopes.data(),
                      static_cast<Index>(y.size()));
    for (std::size_t k = 0; k < x.size(); ++k) {
      const double h = 1e-6, point = static_cast<double>(x[k]);
      const double difference =
          (plain_activation(kind, point + h) - plain_activation(kind, point - h)) / (2.0 * h);
      CHECK(static_cast<double>(y[k]) ==
            Approx(plain_activation(kind, point)).scale(1.0).epsilon(tolerance));
      CHECK(static_cast<double>(slopes[k]) == Approx(difference).scale(1.0).epsilon(tolerance));
    }
  }
  const T zero{0};
  T slope{1};
  multiply_by_slope(Activation::kRelu, &zero, &slope, 1);
  CHECK(slope == T{0});
}

TEST_CASE_TEMPLATE("a perceptron and its gradient agree with plain loops in every parameter", T,
                   float, double) {
  // Sums of some 500 rounded numbers of size one.
  const double tolerance = sizeof(T) == 4 ? 1e-4 : 1e-12;
  for (const std::vector<Index>& hidden : {std::vector<Index>{}, {5}, {4, 3}, {6, 2, 4}, {16, 8}})
    for (const Activation activation : kAll)
      for (const Skip skip : {Skip::kNone, Skip::kLinear})
        for (const Index samples : {1, 2, 33}) {
          CAPTURE(hidden.size());
          CAPTURE(static_cast<int>(activation));
          CAPTURE(samples);
          check_network(Mlp<T>(3, {hidden, activation}, 4, skip), samples, tolerance);
        }
}

TEST_CASE("a perceptron overwrites its gradient") {
  const Mlp<double> network(2, {{3}, Activation::kTanh}, 1);
  const std::vector<double> p(at(network.parameter_count()), 0.3), x{0.5, -1.0}, d_y{2.0};
  std::vector<double> y(1), held(3), scratch(6), gradient(p.size(), 99.0), again(p.size(), -99.0);
  for (std::vector<double>* out : {&gradient, &again}) {
    network.forward(p.data(), rows_of(x.data(), 1, 2, 2), held.data(), rows_of(y.data(), 1, 1, 1));
    network.pull_back(p.data(), rows_of(x.data(), 1, 2, 2), held.data(),
                      rows_of(d_y.data(), 1, 1, 1), out->data(), scratch.data());
  }
  CHECK(gradient == again);
  CHECK(gradient.back() == 2.0);  // of the last bias
}

TEST_CASE("the gradient of a layer's weights in parts is that of all of them") {
  const Layer layer{7, 3, 2, 2 + 21, Activation::kTanh};
  std::vector<double> x(5 * 7), d(5 * 3), whole(at(layer.end())), parts(at(layer.end()));
  for (std::size_t k = 0; k < x.size(); ++k) x[k] = std::sin(static_cast<double>(k));
  for (std::size_t k = 0; k < d.size(); ++k) d[k] = std::cos(static_cast<double>(k));
  const ConstRows<double> x_rows(x.data(), 5, 7, Eigen::OuterStride<>(7));
  const ConstRows<double> d_rows(d.data(), 5, 3, Eigen::OuterStride<>(3));
  pull_back_to_weights(layer, x_rows, d_rows, 0, 7, whole.data());
  pull_back_to_weights(layer, x_rows, d_rows, 0, 4, parts.data());
  CHECK(parts[at(layer.bias)] == 0.0);  // it comes with the last rows
  pull_back_to_weights(layer, x_rows, d_rows, 4, 7, parts.data());
  for (std::size_t k = 0; k < whole.size(); ++k) CHECK(parts[k] == Approx(whole[k]));
  // One weight, 6 to 1, and one bias by hand.
  double product = 0.0, sum = 0.0;
  for (std::size_t b = 0; b < 5; ++b) {
    product += x[b * 7 + 6] * d[b * 3 + 1];
    sum += d[b * 3 + 1];
  }
  CHECK(whole[at(layer.weights + 6 * 3 + 1)] == Approx(product));
  CHECK(whole[at(layer.bias + 1)] == Approx(sum));
  CHECK(whole.front() == 0.0);  // before the layer
}

TEST_CASE("a table's parameters are its raw bids") {
  const Network network = make_network(Table{}, 5, 3);
  CHECK(parameter_count(network) == 3);
  const std::vector<double> parameters{1.0, 2.0, 3.0};
  std::vector<double> raw(3);
  std::get<Table>(network).forward(parameters.data(), raw.data());
  CHECK(raw == parameters);
  CHECK(parameter_count(make_network(MlpKind{{8}}, 2, 3)) == 2 * 8 + 8 + 8 * 3 + 3);
}
