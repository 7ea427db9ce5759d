// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/auctions/formats/format_entry.hpp"
#include "scenarios/auctions/formats/local_payment.hpp"

namespace gbid::auctions {

/// Local-local-global: agents 0 and 1 want one of two items each; a global bidder wants both, with
/// a value in U[0, sum of the locals' highest values], and bids that value: to be truthful is
/// optimal for it under all of these payments, where it pays the sum of the locals' bids. It is no
/// agent. The locals win if the sum of their bids is above its bid.
/// Source: Ausubel and Baranov, "Core-selecting auctions with incomplete information", 2020.
struct LocalLocalGlobal {
  static constexpr FormatEntry kEntry{
      .name = "llg",
      .help = "two locals want one item each, a truthful global both",
      .least_bidders = 2,
      .most_bidders = 2};
  LocalPayment payment = LocalPayment::kNearestVcg;

  static void keys(config::Schema<LocalLocalGlobal>& schema);
  std::unique_ptr<const Format> make(const std::vector<Prior>& priors, ArrayLoader& loader) const;
};

/// @param first, second  of the locals' values, from 0 up.
std::unique_ptr<Format> llg(const LocalLocalGlobal& rules,
                            const Prior& first = Prior::uniform(0.0, 1.0),
                            const Prior& second = Prior::uniform(0.0, 1.0));

}  // namespace gbid::auctions
