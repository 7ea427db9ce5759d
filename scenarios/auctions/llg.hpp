// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>

#include "scenarios/auctions/format.hpp"
#include "scenarios/auctions/local_payment.hpp"

namespace gbid::auctions {

/// Local-local-global: agents 0 and 1 want one of two items each, somebody global wants both, with
/// a value in U[0, global_high], and bids it: telling the truth is best for him under all of these
/// payments, where he pays what the locals bid. He is no agent. Locals win if their bids add up to
/// more than his.
/// Source: Ausubel and Baranov, "Core-selecting auctions with incomplete information", 2020.
struct LlgRules {
  LocalPayment payment = LocalPayment::kNearestVcg;
  Interval values;           ///< of both locals, low >= 0
  double global_high = 2.0;  ///< >= 2 values.high, so that he may lose to any pair of bids and win
};
std::unique_ptr<Format> llg(const LlgRules& rules);

}  // namespace gbid::auctions
