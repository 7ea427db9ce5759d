// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/auctions/formats/format_entry.hpp"

namespace gbid::auctions {

/// One item, for which every bidder pays its bid.
struct AllPay {
  static constexpr FormatEntry kEntry{
      .name = "all_pay", .help = "all bidders pay their bids", .learns_naturally = true};

  static void keys(config::Schema<AllPay>&) {}
  std::unique_ptr<const Format> make(const std::vector<Prior>& priors, ArrayLoader& loader) const;
};

}  // namespace gbid::auctions
