// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <variant>
#include <vector>

#include "agents/network/network.hpp"
#include "scenarios/auctions/formats/local_payment.hpp"
#include "scenarios/data/array_source.hpp"
#include "scenarios/structure/entry.hpp"

namespace gbid::auctions {

// What values are drawn from, independently. Every list has one number for all bidders or one each.
struct UniformPrior {
  std::vector<double> low{0.0}, high{1.0};
};
/// F(v) = ((v - low) / (high - low))^exponent.
struct PowerPrior {
  std::vector<double> low{0.0}, high{1.0}, exponent{2.0};
};
/// Normal, cut to [low, high].
struct GaussianPrior {
  std::vector<double> low{0.0}, high{1.0}, mean{0.5}, deviation{0.25};
};
using PriorConfig = std::variant<UniformPrior, PowerPrior, GaussianPrior, FileArray>;

// Formats of one item that goes to the highest bid at or above the reserve.
struct FirstPrice {
  double reserve = 0.0;
  double risk_exponent = 1.0;  ///< utility (value - bid)^exponent
};
struct SecondPrice {
  double reserve = 0.0;
  bool learned_reserve = false;  ///< an agent more: the seller, who climbs revenue
};
struct ThirdPrice {};
struct AllPay {};

// Formats of two sides, of several items, and of values that others know something about. The
// numbers of bidders are fixed.
struct DoubleAuction {
  double k = 0.5;  ///< the buyer's share in the price
};
struct LocalLocalGlobal {
  LocalPayment payment = LocalPayment::kNearestVcg;
};
struct UniformPrice {
  Index units = 2;
};
struct Discriminatory {};
struct AffiliatedFirstPrice {};
struct MineralRights {};

using FormatConfig =
    std::variant<FirstPrice, SecondPrice, ThirdPrice, AllPay, DoubleAuction, LocalLocalGlobal,
                 UniformPrice, Discriminatory, AffiliatedFirstPrice, MineralRights>;

struct BidderNetwork {
  std::vector<Index> hidden{16, 16};
  Activation activation = Activation::kTanh;
  bool same_start = false;  ///< all bidders start from the same network
};

/// How exactly agents learn, and how exactly they are judged.
struct Resolution {
  Index nodes = 256;  ///< types at which every bid function is taken
  Index cells = 512;  ///< of a distribution of bids
};

enum class Decay { kNone, kCosine };

struct MarketConfig {
  Index bidders = 2;
  FormatConfig format = FirstPrice{};
  PriorConfig prior = UniformPrior{};
  BidderNetwork network;
  Resolution learning;
  Resolution evaluation{2000, 4096};  ///< 1999 intervals, a prime: other types than those learned
  Index evaluate_every = 0;           ///< steps between searches of best responses; 0: at the end
  Decay decay = Decay::kCosine;
};

/// What the registry knows of this kind of market; in structure.cpp.
EntryOf<MarketConfig> entry();

}  // namespace gbid::auctions
