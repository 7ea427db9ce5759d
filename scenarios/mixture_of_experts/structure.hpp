// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>

#include "scenarios/mixture_of_experts/config.hpp"
#include "scenarios/mixture_of_experts/market.hpp"
#include "scenarios/structure/structure.hpp"

namespace gbid::mixture_of_experts {

/// The rules and the task of a market.
/// @throws DataError if a bidder has fewer images than a batch holds.
std::shared_ptr<const Game> make_game(const MarketConfig& config,
                                      std::shared_ptr<const Images> images);

}  // namespace gbid::mixture_of_experts
