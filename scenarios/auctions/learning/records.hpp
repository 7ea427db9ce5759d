// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/auctions/learning/auction_market.hpp"
#include "scenarios/structure/recordables.hpp"

namespace gbid::auctions {

/// What this market can record.
Recordables recordables();
std::vector<Dimension> dimensions(const Game& game);

}  // namespace gbid::auctions
