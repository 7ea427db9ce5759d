// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/equilibrium/network_deviations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/core/error.hpp"

namespace gbid {

double MeanGradient::squared_norm() const {
  double total = 0.0;
  for (std::size_t k = 0; k < sums_[0].size(); ++k)
    total += std::inner_product(sums_[0][k].begin(), sums_[0][k].end(), sums_[1][k].begin(), 0.0);
  constexpr double kHalf = kBatches / 2.0;
  return total / (kHalf * kHalf);
}

Certificate certify(NetworkDeviations& deviations, const SearchConfig& config) {
  const Index agents = deviations.agents();
  Certificate certificate(agents);
  deviations.state_payoffs(certificate.payoff);
  for (Index i = 0; i < agents; ++i)
    if (!std::isfinite(certificate.payoff[static_cast<std::size_t>(i)]))
      throw NumericError(fmt::format("certificate: the payoff of agent {} is not finite", i));
  certificate.residual = std::sqrt(std::max(0.0, deviations.squared_residual()));
  std::vector<double> reached(static_cast<std::size_t>(agents)), best = certificate.payoff;
  for (Index climb = 0; climb < config.climbs; ++climb) {
    deviations.restart(climb);
    for (Index step = 0; step < config.iterations; ++step)
      deviations.climb(step,
                       1.0 - static_cast<double>(step) / static_cast<double>(config.iterations));
    deviations.payoffs(reached);
    for (std::size_t i = 0; i < best.size(); ++i) best[i] = std::fmax(best[i], reached[i]);
  }
  for (const Index i : examined_agents(agents, config)) {
    const auto k = static_cast<std::size_t>(i);
    certificate.gain[k] = best[k] - certificate.payoff[k] + deviations.separate_gain(i);
  }
  return certificate;
}

}  // namespace gbid
