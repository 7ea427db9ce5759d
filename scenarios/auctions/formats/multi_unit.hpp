// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/auctions/formats/format_entry.hpp"

namespace gbid::auctions {

/// Two bidders that want up to two units each, and bid twice; the highest bids win, and a bidder
/// that wins one unit has its first marginal value.
struct MultiUnitRules {
  enum class Payment {
    kUniform,         ///< all winners pay the highest losing bid for each unit
    kDiscriminatory,  ///< all winners pay their bids
  };
  Payment payment = Payment::kUniform;
  Index units = 2;  ///< 2 or 3; 2 if discriminatory
  /// Falling marginals: two draws of the prior, the higher one first; otherwise both are one draw.
  bool falls = true;
  Prior values = Prior::uniform(0.0, 1.0);  ///< of both bidders, from 0 up
};

/// Several equilibria are known of the uniform price, 2 units, falling marginals: "demand
/// reduction" (v1, 0), where each gets one unit for nothing, and "one bidder takes all" (high,
/// high) against (0, 0). First bids that win for certain are free. Sources: Krishna, "Auction
/// Theory", 2009, chapter 13; Ausubel et al., "Demand reduction and inefficiency in multi-unit
/// auctions", 2014.
std::unique_ptr<Format> multi_unit(const MultiUnitRules& rules);
/// The same from a scenario, with the priors of both bidders; faults go to the loader.
std::unique_ptr<Format> multi_unit(MultiUnitRules rules, const std::vector<Prior>& priors,
                                   ArrayLoader& loader);

}  // namespace gbid::auctions
