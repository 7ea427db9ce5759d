// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/auctions/formats/format_entry.hpp"

namespace gbid::auctions {

/// Two units, for which winners pay their bids.
struct Discriminatory {
  static constexpr FormatEntry kEntry{
      .name = "discriminatory",
      .help = "two units, two bidders want both, the second as much; winners pay what they bid",
      .least_bidders = 2,
      .most_bidders = 2};

  static void keys(config::Schema<Discriminatory>&) {}
  std::unique_ptr<const Format> make(const std::vector<Prior>& priors, ArrayLoader& loader) const;
};

}  // namespace gbid::auctions
