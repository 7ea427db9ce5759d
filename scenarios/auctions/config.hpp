// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <vector>

#include "agents/learning/learner.hpp"
#include "agents/network/kind.hpp"
#include "scenarios/auctions/distributions/prior_config.hpp"
#include "scenarios/auctions/formats/registry.hpp"
#include "scenarios/structure/entry.hpp"

namespace gbid::auctions {

struct BidderNetwork {
  std::vector<Index> hidden{16, 16};
  Activation activation = Activation::kTanh;
  bool same_start = true;  ///< all bidders start from the same network: like bidders stay alike
};

/// The resolution of learning and of evaluation.
struct Resolution {
  Index nodes = 256;   ///< types at which every bid function is taken
  Index cells = 4096;  ///< of a distribution of bids; low all-pay bids differ by little
};

enum class Decay { kNone, kCosine };

/// Pure: a bid is a function of the type. Mixed: of the type and of a uniform number of the bidder's
/// own, which is the probability of lower types: where types are all different it says nothing new,
/// and where many are equal it distinguishes them (a distributional strategy).
/// Source: Milgrom and Weber, "Distributional strategies for games with incomplete information",
/// 1985.
enum class StrategyKind { kPure, kMixed };

struct MarketConfig {
  /// The numbers of Adam that a scenario does not name. With beta1 = 0.9 asymmetric bidders cycle
  /// around their common top bid.
  static constexpr Adam kUsualAdam{.rate = 0.03, .beta1 = 0.5, .beta2 = 0.99};
  /// Where a scenario names no learner: natural gradients or Adam, by the format.
  Learner default_learner() const;

  Index bidders = 2;
  FormatConfig format = FirstPrice{};
  PriorConfig prior = UniformPrior{};
  StrategyKind strategies = StrategyKind::kPure;
  BidderNetwork network;
  Resolution learning;
  Resolution evaluation{2000,
                        4096};  ///< 1999 intervals, a prime: other types than those learned on
  Index evaluate_every = 0;     ///< steps between searches of best responses; 0: at the end
  Decay decay = Decay::kCosine;
};

/// What the registry knows of this kind of market; in structure.cpp.
EntryOf<MarketConfig> entry();

}  // namespace gbid::auctions
