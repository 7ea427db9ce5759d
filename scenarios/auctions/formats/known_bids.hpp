// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <optional>
#include <vector>

#include "scenarios/auctions/distributions/prior.hpp"

namespace gbid::auctions {

struct SingleItemRules;

/// The equilibrium bid of a bidder with a value, where theory knows it in closed form or by one
/// integral; compared with what is learned, never its start. n bidders, the same prior F unless
/// stated:
///
///   first price   b = v - int_R^v F^q / F(v)^q,  q = (n - 1) / r
///                 two uniform priors [0, w], R = 0, r = 1:  b = v / (1 + sqrt(1 -+ K v^2)),
///                 K = 1 / w_weak^2 - 1 / w_strong^2, minus for the weak; and two uniform priors
///                 with unequal lowest values (one equilibrium of several: here no type bids above
///                 its value)
///   second price  b = v, whatever the priors
///   third price   b = v + F(v) / ((n - 2) f(v))
///   all-pay       b = v F^{n-1} - int_low^v F^{n-1}
///   the seller of a second-price auction: R = (1 - F(R)) / f(R)
///
/// Integrals are exact to 1e-12. Where values have atoms only the second price is known.
/// @return nothing if it is unknown, or if the type's bids are free because it cannot win: below
/// the reserve, or, second price, above what any rival bids. Source: Krishna, "Auction Theory",
/// 2009, chapters 2 to 4; Kagel and Levin, "Independent private value auctions", 1993 (third
/// price); Griesmer, Levitan and Shubik, 1967, Plum, 1992, and Kaplan and Zamir, 2012 (unequal
/// priors); Myerson, 1981 (reserve).
std::optional<double> known_bid(const SingleItemRules& rules, const std::vector<Prior>& priors,
                                Index agent, double value);

}  // namespace gbid::auctions
