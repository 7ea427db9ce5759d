// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/auctions/formats/format_entry.hpp"

namespace gbid::auctions {

/// One item, for which the winner pays the third highest bid.
struct ThirdPrice {
  static constexpr FormatEntry kEntry{
      .name = "third_price",
      .help = "the winner pays the third highest bid; at least three bidders",
      .least_bidders = 3};

  static void keys(config::Schema<ThirdPrice>&) {}
  std::unique_ptr<const Format> make(const std::vector<Prior>& priors, ArrayLoader& loader) const;
};

}  // namespace gbid::auctions
