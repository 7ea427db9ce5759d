// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/auctions/formats/format_entry.hpp"

namespace gbid::auctions {

/// Two bidders with affiliated signals X_i = S_i + T, a first-price auction of an item that is
/// worth (X_1 + X_2) / 2 to both; see `namespace affiliated`. Types are signals.
struct AffiliatedFirstPrice {
  static constexpr FormatEntry kEntry{
      .name = "affiliated",
      .help = "first price, two signals with a common part, the item worth their mean",
      .least_bidders = 2,
      .most_bidders = 2,
      .draws_types = true};

  static void keys(config::Schema<AffiliatedFirstPrice>&) {}
  std::unique_ptr<const Format> make(const std::vector<Prior>& priors, ArrayLoader& loader) const;
};

std::unique_ptr<Format> affiliated_first_price();

}  // namespace gbid::auctions
