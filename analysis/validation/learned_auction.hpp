// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <vector>

#include "analysis/validation/validation.hpp"
#include "scenarios/play/play_in_memory.hpp"

namespace gbid {

/// An auction to learn, and how near its bids must come to an equilibrium that is known.
struct LearnedAuction {
  std::string market;  ///< lines of [market]
  Index steps = 1500;
  double rate = 0.01;
  double distance = 0.005;       ///< L2, of the agent that is farthest off
  double relative_loss = 0.001;  ///< of utility, the largest
};

/// Competitive bidders, from one seed, recorded at the end.
PlayedTrial play(const LearnedAuction& auction);
/// What is asked of every learned equilibrium: distance and loss.
std::vector<Check> equilibrium_checks(const LearnedAuction& auction, const PlayedTrial& played);

}  // namespace gbid
