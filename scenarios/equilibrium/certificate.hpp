// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <limits>
#include <span>
#include <string>
#include <vector>

#include "engine/core/padded_matrix.hpp"
#include "engine/simulation/state.hpp"

namespace gbid {

/// How far a state is from an equilibrium: what every agent could still gain by a change of its
/// own, all others held fixed.
///
///   gain_i        = payoff of the best response found for agent i - its payoff, >= 0
///   NashConv      = sum_i gain_i
///   relative gain = largest gain / mean |payoff|, the latter at least 1e-9 of the range of payoffs
///
/// so that counting payoffs in another unit changes no relative gain. The range is that of any
/// agent's payoff over the strategies tried, see payoff_range(). No gain is a relative gain of 0.
/// A state is an epsilon-equilibrium with epsilon = the largest gain if the best responses are
/// exact; otherwise the gains are lower bounds, and so is epsilon. Where only some agents were
/// examined, sum and maximum are over those, and lower bounds too. Source: Lanctot et al., "A
/// unified game-theoretic approach to multiagent reinforcement learning", 2017 (NashConv).
struct Certificate {
  static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

  std::vector<double> payoff;  ///< (agent)
  std::vector<double> gain;    ///< (agent), >= 0; kUnknown of those not examined
  std::vector<double>
      curvature;               ///< (agent) of its own payoff, the largest found in any direction:
                               ///< negative at a strict maximum; kUnknown if not looked at
  double payoff_range = 0.0;   ///< of the game, 0 if it was not looked at
  double residual = kUnknown;  ///< norm of the projected pseudo-gradient of all agents
  std::vector<double> bound;   ///< (agent) that no gain is above; kUnknown where none is known
  Index starts = 0;            ///< of the agent's search that had fewest; 0: nothing was searched
  bool is_exact = false;       ///< every agent's gain is that of a true best response

  explicit Certificate(Index agents)
      : payoff(static_cast<std::size_t>(agents), kUnknown),
        gain(static_cast<std::size_t>(agents), kUnknown),
        curvature(static_cast<std::size_t>(agents), kUnknown),
        bound(static_cast<std::size_t>(agents), kUnknown) {}

  /// What gains and bounds are divided by.
  double scale() const;
  double nash_conv() const;
  double largest_gain() const;
  double relative_gain() const;
  /// The same divided as the largest gain is in the relative gain.
  double relative_bound() const;
  /// That no agent's gain is above; kUnknown if that is not known of some agent.
  double largest_bound() const;
};

/// The name in [record] final.
inline constexpr const char* kCertificate = "certificate";
/// The arrays that it stands for: certified_payoff, gain and curvature over agents; nash_conv,
/// largest_gain, relative_gain, payoff_range, residual and is_exact (0 or 1) of the state.
const std::vector<ArrayRow<Certificate>>& certificate_rows();
/// Whether [record] final names it.
bool wants_certificate(const std::vector<std::string>& final);

}  // namespace gbid
