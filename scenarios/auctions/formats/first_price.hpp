// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/auctions/formats/format_entry.hpp"

namespace gbid::auctions {

/// One item, for which the winner pays its bid.
struct FirstPrice {
  static constexpr FormatEntry kEntry{
      .name = "first_price", .help = "the winner pays its bid", .learns_naturally = true};
  double reserve = 0.0;
  double risk_exponent = 1.0;  ///< utility (value - bid)^exponent

  /// The keys that are money, in a unit of that much.
  void count_in(double unit) { reserve /= unit; }
  static void keys(config::Schema<FirstPrice>& schema);
  std::unique_ptr<const Format> make(const std::vector<Prior>& priors, ArrayLoader& loader) const;
};

}  // namespace gbid::auctions
