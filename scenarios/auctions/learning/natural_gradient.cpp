// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/learning/natural_gradient.hpp"

namespace gbid::auctions {

void NaturalGradient::take_over(const Mlp<double>& network, const double* parameters,
                                const PaddedMatrix& inputs, std::span<const double> weights,
                                double damping) {
  // 1. J, a type at a time.
  const Index types = inputs.rows();
  slopes_.resize(network.parameter_count(), types);
  activations_.resize(static_cast<std::size_t>(network.activation_count(1)));
  scratch_.resize(static_cast<std::size_t>(network.scratch_count(1)));
  for (Index k = 0; k < types; ++k) {
    const double one = 1.0;
    double output = 0.0;
    const auto input = rows_of(inputs.row(k), 1, inputs.columns(), inputs.stride());
    network.forward(parameters, input, activations_.data(), rows_of(&output, 1, 1, 1));
    network.pull_back(parameters, input, activations_.data(), rows_of(&one, 1, 1, 1),
                      slopes_.col(k).data(), scratch_.data());
  }
  // 2. J J' + lambda W^-1, of which the lower triangle counts.
  kernel_.setZero(types, types);
  kernel_.selfadjointView<Eigen::Lower>().rankUpdate(slopes_.transpose());
  const double lambda = damping * kernel_.diagonal().mean();
  for (Index k = 0; k < types; ++k) kernel_(k, k) += lambda / weights[static_cast<std::size_t>(k)];
  inverse_.compute(kernel_);
}

void NaturalGradient::solve(std::span<double> wanted) const {
  Eigen::Map<Eigen::VectorXd> right(wanted.data(), static_cast<Index>(wanted.size()));
  inverse_.solveInPlace(right);
}

double NaturalGradient::bytes(const Mlp<double>& network, Index types) {
  return 8.0 * static_cast<double>(types) *
         static_cast<double>(2 * types + network.parameter_count());
}

}  // namespace gbid::auctions
