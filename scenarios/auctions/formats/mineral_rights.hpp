// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/auctions/formats/format_entry.hpp"

namespace gbid::auctions {

/// Three bidders with signals X_i ~ U[0, 2V], a second-price auction of an item that is worth V ~
/// U[0, 1] to all; see `namespace mineral`. Types are signals.
///
/// To overtake a rival with a higher signal costs the expected value of the item, so bids above the
/// known ones are as good: agents have to come from below, and together. If each starts from its
/// own network, they drift to equilibria in which one of them bids high.
struct MineralRights {
  static constexpr FormatEntry kEntry{
      .name = "mineral_rights",
      .help = "second price, three signals of U[0, twice the value that the item has to all]",
      .least_bidders = 3,
      .most_bidders = 3,
      .draws_types = true};

  static void keys(config::Schema<MineralRights>&) {}
  std::unique_ptr<const Format> make(const std::vector<Prior>& priors, ArrayLoader& loader) const;
};

std::unique_ptr<Format> mineral_rights();

}  // namespace gbid::auctions
