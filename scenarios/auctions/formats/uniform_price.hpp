// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/auctions/formats/format_entry.hpp"

namespace gbid::auctions {

/// Several units, each for the highest losing bid.
struct UniformPrice {
  static constexpr FormatEntry kEntry{
      .name = "uniform_price",
      .help = "two bidders want two units, the second less; winners pay the highest losing bid",
      .least_bidders = 2,
      .most_bidders = 2};
  Index units = 2;

  static void keys(config::Schema<UniformPrice>& schema);
  std::unique_ptr<const Format> make(const std::vector<Prior>& priors, ArrayLoader& loader) const;
};

}  // namespace gbid::auctions
