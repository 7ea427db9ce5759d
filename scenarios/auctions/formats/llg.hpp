// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <array>
#include <memory>

#include "scenarios/auctions/distributions/prior.hpp"
#include "scenarios/auctions/formats/local_payment.hpp"

namespace gbid::auctions {

/// Local-local-global: agents 0 and 1 want one of two items each, somebody global wants both, with
/// a value in U[0, global_high], and bids it: telling the truth is best for him under all of these
/// payments, where he pays what the locals bid. He is no agent. Locals win if their bids add up to
/// more than his.
/// Source: Ausubel and Baranov, "Core-selecting auctions with incomplete information", 2020.
struct LlgRules {
  LocalPayment payment = LocalPayment::kNearestVcg;
  /// Of the locals, from 0 up.
  std::array<Prior, 2> values{Prior::uniform(0.0, 1.0), Prior::uniform(0.0, 1.0)};
  double global_high = 2.0;  ///< at least the locals' highest values together
};
std::unique_ptr<Format> llg(const LlgRules& rules);

}  // namespace gbid::auctions
