// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>

#include "scenarios/routing/config.hpp"
#include "scenarios/routing/market.hpp"
#include "scenarios/structure/structure.hpp"

namespace gbid::routing {

/// The network of a market and its costs.
/// @param folder that file names are relative to.
/// @throws DataError, MissingInputError
std::shared_ptr<const Game> make_game(const MarketConfig& config,
                                      const std::filesystem::path& folder = ".");

}  // namespace gbid::routing
