// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>
#include <vector>

#include "scenarios/equilibrium/certificate.hpp"
#include "scenarios/equilibrium/search_config.hpp"

namespace gbid {

/// Agents of a market of networks, each of which leaves the market's state alone: for any change of
/// its own, all others stay as they are in that state.
///
/// Agents climb on the batches that they learned from and are judged on held-out images, so that
/// what they learn by heart counts for nothing.
class NetworkDeviations {
 public:
  virtual ~NetworkDeviations() = default;
  virtual Index agents() const = 0;

  /// Own payoff of every agent in the state, on held-out images. @param out (agents).
  virtual void state_payoffs(std::span<double> out) = 0;
  /// Squared norm of the mean pseudo-gradient of those examined; see MeanGradient.
  virtual double squared_residual() = 0;

  /// All agents examined go to their start of that number, 0 being the state, with learners that
  /// have made no update.
  virtual void restart(Index climb) = 0;
  /// One step of all agents examined, on the batch of that step.
  /// @param rate_share of the learner's rate.
  virtual void climb(Index step, double rate_share) = 0;
  /// Own payoff of each where it has got to, on held-out images; NaN of those not examined or whose
  /// payoff was lost on the way. @param out (agents).
  virtual void payoffs(std::span<double> out) = 0;

  /// What an agent gains besides by what it owns that no climb moves.
  virtual double separate_gain(Index) const { return 0.0; }
};

/// Rate of a climb that starts where an earlier one did, as a share of that one's.
inline constexpr double kSlowerClimb = 0.25;

/// The squared norm of some agents' mean gradient over batches, without the noise of the batches:
/// the product of the means over the even and over the odd ones.
class MeanGradient {
 public:
  static constexpr Index kBatches = 32;

  explicit MeanGradient(std::size_t agents) : sums_{Sums(agents), Sums(agents)} {}
  template <class T>
  void add(Index batch, std::size_t agent, std::span<const T> gradient) {
    std::vector<double>& sum = sums_[batch % 2][agent];
    sum.resize(gradient.size(), 0.0);
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += static_cast<double>(gradient[j]);
  }
  /// After kBatches of every agent; may come out below zero where there is hardly a gradient.
  double squared_norm() const;

 private:
  using Sums = std::vector<std::vector<double>>;  // (agent) (parameter)
  Sums sums_[2];
};

/// What every agent examined gains by climbing on alone: the best held-out payoff at the end of
/// `config.climbs` climbs of `config.iterations` steps, at a rate that falls to zero, above the one
/// in the state. Lower bounds: networks found so are not the best there are. Curvature is not
/// looked at.
/// @throws NumericError if a payoff of the state itself is not finite.
Certificate certify(NetworkDeviations& deviations, const SearchConfig& config);

}  // namespace gbid
