// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "agents/network/network.hpp"

using namespace gbid;

TEST_CASE("every activation's slope agrees with its central difference") {
  for (const Activation kind :
       {Activation::kTanh, Activation::kRelu, Activation::kGelu, Activation::kIdentity})
    for (const double x : {-3.0, -0.7, -0.1, 0.1, 0.9, 4.0}) {
      const double h = 1e-6;
      const double difference = (activate(kind, x + h) - activate(kind, x - h)) / (2 * h);
      CHECK(activation_slope(kind, x) == doctest::Approx(difference).epsilon(1e-8));
    }
  CHECK(activation_slope(Activation::kRelu, 0.0) == 0.0);
}

TEST_CASE(
    "a perceptron's pulled-back gradient agrees with central differences in every parameter") {
  for (const std::vector<Index>& hidden : {std::vector<Index>{}, {5}, {4, 3}, {6, 1, 4}})
    for (const Activation activation :
         {Activation::kTanh, Activation::kGelu, Activation::kIdentity}) {
      const Network network(Mlp{hidden, activation}, 3, 4);
      const auto count = static_cast<std::size_t>(network.parameter_count());
      const auto held = static_cast<std::size_t>(network.activation_count());
      std::vector<double> parameters(count), gradient(count), activations(held), raw(4),
          start{0.1, 0.2, 0.3, 0.4};
      std::vector<double> scratch(static_cast<std::size_t>(2 * network.widest_layer()));
      Stream stream({.seed = 3, .purpose = Purpose::kNetwork});
      network.initialise(stream, start.data(), parameters.data());
      const std::vector<double> seen{0.5, -1.0, 2.0}, weights{1.0, -2.0, 0.5, 3.0};
      const auto objective = [&] {
        std::copy(seen.begin(), seen.end(), activations.begin());
        network.forward(parameters.data(), activations.data(), raw.data());
        double total = 0.0;
        for (std::size_t k = 0; k < 4; ++k) total += weights[k] * raw[k];
        return total;
      };
      objective();
      network.pull_back(parameters.data(), activations.data(), weights.data(), gradient.data(),
                        scratch.data());
      double largest = 0.0;
      for (std::size_t k = 0; k < count; ++k) {
        const double kept = parameters[k], h = 1e-6;
        parameters[k] = kept + h;
        const double above = objective();
        parameters[k] = kept - h;
        const double below = objective();
        parameters[k] = kept;
        CHECK(gradient[k] == doctest::Approx((above - below) / (2 * h)).epsilon(1e-6));
        largest = std::max(largest, std::fabs(gradient[k]));
      }
      CHECK(largest > 0.1);
    }
}

TEST_CASE("a table's parameters are its raw bids") {
  const Network network(Table{}, 0, 3);
  CHECK(network.parameter_count() == 3);
  const std::vector<double> start{1.0, 2.0, 3.0};
  std::vector<double> parameters(3), raw(3), gradient(3);
  Stream stream({.seed = 1, .purpose = Purpose::kNetwork});
  network.initialise(stream, start.data(), parameters.data());
  network.forward(parameters.data(), nullptr, raw.data());
  network.pull_back(parameters.data(), nullptr, start.data(), gradient.data(), nullptr);
  CHECK(raw == start);
  CHECK(gradient == start);
}

TEST_CASE("a perceptron starts near the bids it was given") {
  const Network network(Mlp{{8}, Activation::kTanh}, 1, 3);
  std::vector<double> parameters(static_cast<std::size_t>(network.parameter_count()));
  const std::vector<double> start{5.0, 6.0, 7.0};
  Stream stream({.seed = 1, .purpose = Purpose::kNetwork});
  network.initialise(stream, start.data(), parameters.data());
  CHECK(parameters[parameters.size() - 3] == 5.0);
  CHECK(parameters.back() == 7.0);
  CHECK(parameters.front() != 0.0);
}
