// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

namespace gbid::auctions {

/// What the two locals of a local-local-global auction pay when they win together.
///
/// Each local wants one of two items, the global both; its bid g is its value. The locals win if
/// own + other > g. A payment is in the core if p1 + p2 = g, p_i >= the VCG payment
/// V_i = max(0, g - other bid), and p_i <= the own bid.
enum class LocalPayment {
  kNearestZero,  ///< the core point nearest to (0, 0): equal shares, capped by the smaller bid
  kNearestVcg,   ///< the core point nearest to (V_1, V_2)
  kNearestBid,   ///< the core point nearest to the bids
  kVcg,          ///< V_i: truthful, but for less than g, which is out of the core
};

/// What a local pays. @param own, other, global >= 0 with own + other >= global.
/// Source: Ausubel and Baranov, "Core-selecting auctions with incomplete information", 2020.
double local_payment(LocalPayment rule, double own, double other, double global);

}  // namespace gbid::auctions
