// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/auctions/formats/format_entry.hpp"

namespace gbid::auctions {

/// One item, for which the winner pays the second highest bid.
struct SecondPrice {
  static constexpr FormatEntry kEntry{
      .name = "second_price",
      .help = "the winner pays the second highest bid, or the reserve",
      .learns_naturally = true};
  double reserve = 0.0;
  bool learned_reserve = false;  ///< one more agent: the seller, who maximises revenue

  /// The keys that are money, in a unit of that much.
  void count_in(double unit) { reserve /= unit; }
  static void keys(config::Schema<SecondPrice>& schema);
  std::unique_ptr<const Format> make(const std::vector<Prior>& priors, ArrayLoader& loader) const;
};

}  // namespace gbid::auctions
