// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <Eigen/QR>
#include <algorithm>
#include <cmath>

#include "agents/network/initialise.hpp"
#include "scenarios/auctions/learning/natural_gradient.hpp"

using namespace gbid;
using namespace gbid::auctions;

TEST_CASE("natural gradient: the change of parameters of least squares, as a QR finds it") {
  constexpr Index kTypes = 9;
  constexpr double kDamping = 1e-3;
  const Mlp<double> network(1, {{5}, Activation::kTanh}, 1, Skip::kLinear);
  const Index parameters = network.parameter_count();
  Stream stream({.seed = 3, .purpose = Purpose::kNetwork});
  std::vector<double> row(static_cast<std::size_t>(parameters));
  for (double& parameter : row) parameter = stream.normal();
  PaddedMatrix inputs(kTypes, 1), wanted(kTypes, 1);
  std::vector<double> weights, changes;
  for (Index k = 0; k < kTypes; ++k) {
    inputs(k, 0) = -1.0 + 2.0 * static_cast<double>(k) / static_cast<double>(kTypes - 1);
    weights.push_back(0.2 + stream.uniform());
    changes.push_back(stream.normal());
  }
  // 1. sqrt(w) J u = sqrt(w) d and sqrt(lambda) u = 0, J by differences of the outputs.
  const auto output = [&](const std::vector<double>& at, Index k) {
    std::vector<double> activations(static_cast<std::size_t>(network.activation_count(1)));
    double y = 0.0;
    network.forward(at.data(), rows_of<double>(std::as_const(inputs).row(k), 1, 1, 1),
                    activations.data(), rows_of(&y, 1, 1, 1));
    return y;
  };
  Eigen::MatrixXd slopes(kTypes, parameters);
  for (Index p = 0; p < parameters; ++p) {
    constexpr double kStep = 1e-6;
    std::vector<double> up = row, down = row;
    up[static_cast<std::size_t>(p)] += kStep;
    down[static_cast<std::size_t>(p)] -= kStep;
    for (Index k = 0; k < kTypes; ++k)
      slopes(k, p) = (output(up, k) - output(down, k)) / (2 * kStep);
  }
  const double lambda = kDamping * slopes.rowwise().squaredNorm().mean();
  Eigen::MatrixXd system(kTypes + parameters, parameters);
  Eigen::VectorXd right = Eigen::VectorXd::Zero(kTypes + parameters);
  for (Index k = 0; k < kTypes; ++k) {
    const double root = std::sqrt(weights[static_cast<std::size_t>(k)]);
    system.row(k) = root * slopes.row(k);
    right[k] = root * changes[static_cast<std::size_t>(k)];
  }
  system.bottomRows(parameters) =
      std::sqrt(lambda) * Eigen::MatrixXd::Identity(parameters, parameters);
  const Eigen::VectorXd exact = system.colPivHouseholderQr().solve(right);
  // 2. The program's.
  NaturalGradient natural;
  natural.take_over(network, row.data(), inputs, weights, kDamping);
  natural.solve(changes);
  Eigen::VectorXd found = Eigen::VectorXd::Zero(parameters);
  for (Index k = 0; k < kTypes; ++k) found += changes[static_cast<std::size_t>(k)] * slopes.row(k);
  CHECK(exact.norm() > 1.0);
  CHECK((found - exact).norm() < 1e-5 * exact.norm());  // the differences are off by 1e-10
}
