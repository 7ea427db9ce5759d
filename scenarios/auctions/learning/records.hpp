// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/auctions/learning/auction_market.hpp"
#include "scenarios/structure/recordables.hpp"

namespace gbid::auctions {

/// What this market can record.
Recordables recordables();
std::vector<Dimension> dimensions(const Game& game);
std::vector<Variable> trajectory_variables();
/// @param game types and bids of more than one number have a dimension of their own.
std::vector<Variable> final_variables(const std::string& name, const Game& game);

}  // namespace gbid::auctions
