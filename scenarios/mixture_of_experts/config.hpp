// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <variant>
#include <vector>

#include "scenarios/networks/task_config.hpp"
#include "scenarios/structure/entry.hpp"

namespace gbid::mixture_of_experts {

struct GatingConfig {
  Index top_k = 2;
  bool noise = true;
  double noise_floor = 0.01;
};

struct ExpertsConfig {
  std::vector<Index> hidden{256, 256};
  Index embedding = 256;
  Activation activation = Activation::kRelu;
  Init init = Init::kScaled;
};

/// What a bid on a seller must exceed.
struct FixedPrice {
  double value = 0.2;
  bool operator==(const FixedPrice&) const = default;
};
/// The mean bid of all bidders.
struct MeanBidPrice {
  bool operator==(const MeanBidPrice&) const = default;
};
/// What the seller asks: the answer of a small network of its own to what it sees of its market.
struct AskPrice {
  std::vector<Index> hidden{8};
  bool operator==(const AskPrice&) const = default;
};
using Price = std::variant<FixedPrice, MeanBidPrice, AskPrice>;

/// Which weight is the bid on seller i.
enum class Alignment {
  kSeller,     ///< weight i + 1, the one of its importance
  kPublished,  ///< weight i: the first seller is masked by the bidder's self weight
};

struct BidsConfig {
  Price price = MeanBidPrice{};
  Alignment alignment = Alignment::kSeller;
};

/// payoff = sum of coefficient x term.
struct PayoffConfig {
  double loss = -1.0;
  double revenue = 1.0;
  double balance = 0.0;
  double payment = 0.0;  ///< of what sellers with an ask are paid; they earn minus that
};

/// What becomes of a seller that no bidder buys from in a step.
enum class IdleSellers {
  kRest,   ///< it makes no update
  kDrift,  ///< it learns from a gradient of zero, so that what its learner remembers moves it on
};

struct MarketConfig : TaskConfig {
  Index bidders = 3;
  Index sellers = 3;
  bool specialise = false;  ///< bidder c learns the classes k with k mod bidders = c alone
  GatingConfig gating;
  ExpertsConfig experts;
  BidsConfig bids;
  PayoffConfig payoff;
  IdleSellers idle_sellers = IdleSellers::kRest;
};

/// What the registry knows of this kind of market; in structure.cpp.
EntryOf<MarketConfig> entry();

}  // namespace gbid::mixture_of_experts
