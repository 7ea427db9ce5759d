// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "engine/config/schema.hpp"
#include "scenarios/routing/config.hpp"

namespace gbid::routing {

/// The keys of [market] for selfish routing.
config::Schema<MarketConfig> market_schema();

}  // namespace gbid::routing
