// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>

#include "scenarios/auctions/distributions/prior.hpp"

namespace gbid::auctions {

/// Two bidders who want up to two units each, and bid twice; the highest bids win, and whoever wins
/// one unit wins it for his first marginal value.
struct MultiUnitRules {
  enum class Payment {
    kUniform,         ///< everybody pays the highest losing bid for each unit
    kDiscriminatory,  ///< everybody pays what he bid
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

}  // namespace gbid::auctions
