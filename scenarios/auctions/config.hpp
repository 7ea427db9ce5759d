// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "agents/network/network.hpp"
#include "scenarios/array_source.hpp"

namespace gbid::auctions {

// What values are drawn from.
struct UniformPrior {
  double low = 0.0, high = 1.0;
};
/// F(v) = ((v - low) / (high - low))^exponent.
struct PowerPrior {
  double low = 0.0, high = 1.0, exponent = 2.0;
};
/// Normal, cut to [low, high].
struct GaussianPrior {
  double low = 0.0, high = 1.0, mean = 0.5, deviation = 0.25;
};
/// Straight lines between the sorted numbers of a file, each step of them as likely.
using PriorConfig = std::variant<UniformPrior, PowerPrior, GaussianPrior, FileArray>;

// Formats of one item: the highest bid at or above the reserve wins.
enum class ReserveKind { kFixed, kLearned };
struct Sale {
  double reserve = 0.0;
  bool learned_reserve = false;  ///< an agent more: the seller, who climbs revenue
  double risk = 1.0;             ///< utility (v - b)^risk
};
struct FirstPrice : Sale {};
struct SecondPrice : Sale {};
struct ThirdPrice : Sale {};
struct AllPay : Sale {};

using FormatConfig = std::variant<FirstPrice, SecondPrice, ThirdPrice, AllPay>;

struct BidderNetwork {
  std::vector<Index> hidden{24, 24};
  Activation activation = Activation::kTanh;
  bool is_shared = false;
};

/// From learning rate to rate x its share at the end, by half a cosine over the run.
struct MarketConfig {
  Index bidders = 2;
  FormatConfig format = FirstPrice{};
  std::vector<PriorConfig> priors;  // of every bidder; one for all
};

}  // namespace gbid::auctions
