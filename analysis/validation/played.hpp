// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "analysis/validation/validation.hpp"
#include "scenarios/play/play_in_memory.hpp"

namespace gbid {

/// Both ends of one market: the first trials of its regimes `competitive` and `coordinated`.
struct PlayedPair {
  PlayedTrial competitive, coordinated;

  double price_of_anarchy() const {
    return coordinated.scalar("welfare") / competitive.scalar("welfare");
  }
  /// The same of a recorded cost.
  double price_of_anarchy(const std::string& cost) const {
    return competitive.scalar(cost) / coordinated.scalar(cost);
  }
};
PlayedPair play_pair(const std::string& toml);

/// Checks of what was recorded, in the order in which they are printed.
using Measure = std::function<std::vector<Check>(const PlayedTrial&)>;

/// Recorded scalars, each with its exact value and tolerance; `quantity` names the variable.
Measure recorded(std::vector<Check> scalars);

/// An auction that competitive bidders learn from one seed, and how near their bids must come to an
/// equilibrium that is known.
struct LearnedAuction {
  std::string game = {}, source = {};
  std::string market;  ///< lines of [market]
  Measure more = {};   ///< besides distance and loss
  Index steps = 1500;
  double rate = 0.0;             ///< of Adam; 0: the learner and rate that auctions have by default
  double distance = 0.003;       ///< L2, of the agent that is farthest off
  double relative_loss = 0.001;  ///< of utility, the largest
};

/// What an auction that is learned with the defaults leaves to gain: the largest of the bidders'
/// losses, each by the larger of its best response's utility and `least_utility` (in money).
/// @param market  lines of [market].
double learned_loss(const std::string& market, double least_utility, Index steps,
                    std::uint64_t seed = 1);

/// Recorded at the end: distance, loss and the rest.
std::vector<Check> learn(const LearnedAuction& auction);

/// A case for every auction.
std::vector<ValidationCase> learned_cases(const std::string& family,
                                          const std::vector<LearnedAuction>& auctions);

}  // namespace gbid
