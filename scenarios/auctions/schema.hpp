// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "engine/config/schema.hpp"
#include "scenarios/auctions/config.hpp"

namespace gbid::auctions {

config::Schema<MarketConfig> market_schema();

}  // namespace gbid::auctions
