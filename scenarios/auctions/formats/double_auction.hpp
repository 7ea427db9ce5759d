// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/auctions/formats/format_entry.hpp"

namespace gbid::auctions {

/// k-double auction: agent 0 buys, agent 1 sells one item. They trade if bid >= ask, at the price
///   k bid + (1 - k) ask.
/// Payoffs: buyer value - price, seller price - cost, 0 without a trade.
///
/// Equilibria are many: the linear one, a two-parameter family of smooth ones around it, steps, and
/// no trade at all. Agents that start near the truth end near the linear one. Bids of types that
/// never trade are free.
/// Source: Chatterjee and Samuelson, "Bargaining under incomplete information", 1983.
struct DoubleAuction {
  static constexpr FormatEntry kEntry{
      .name = "double_auction",
      .help =
          "a buyer and a seller trade if the bid is not below the ask; priors of value and cost",
      .least_bidders = 2,
      .most_bidders = 2};
  double k = 0.5;  ///< the buyer's share in the price, in [0, 1]

  static void keys(config::Schema<DoubleAuction>& schema);
  std::unique_ptr<const Format> make(const std::vector<Prior>& priors, ArrayLoader& loader) const;
};

std::unique_ptr<Format> double_auction(const DoubleAuction& rules,
                                       const Prior& values = Prior::uniform(0.0, 1.0),
                                       const Prior& costs = Prior::uniform(0.0, 1.0));

}  // namespace gbid::auctions
