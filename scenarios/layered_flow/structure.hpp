// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>

#include "scenarios/layered_flow/config.hpp"
#include "scenarios/layered_flow/market.hpp"
#include "scenarios/structure/structure.hpp"

namespace gbid::layered_flow {

/// The rules and the task of a market. The training set holds at least a batch behind `skip`.
std::shared_ptr<const Game> make_game(const MarketConfig& config,
                                      std::shared_ptr<const Images> images);

}  // namespace gbid::layered_flow
