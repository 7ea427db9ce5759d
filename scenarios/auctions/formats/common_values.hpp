// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>

#include "scenarios/auctions/formats/format.hpp"

namespace gbid::auctions {

/// Two bidders with affiliated signals X_i = S_i + T, a first-price auction of an item that is
/// worth (X_1 + X_2) / 2 to both; see `namespace affiliated`. Types are signals.
std::unique_ptr<Format> affiliated_first_price();

/// Three bidders with signals X_i ~ U[0, 2V], a second-price auction of an item that is worth V ~
/// U[0, 1] to all; see `namespace mineral`. Types are signals.
///
/// Passing a rival with a higher signal costs what the item is then expected to be worth, so bids
/// above the known ones are as good: agents have to come from below, and side by side. Each from
/// its own start, they drift to equilibria in which one of them bids high.
std::unique_ptr<Format> mineral_rights();

}  // namespace gbid::auctions
