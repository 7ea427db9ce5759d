// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "engine/config/schema.hpp"
#include "scenarios/routing/config.hpp"

namespace gbid::routing {

/// The kinds of networks, for market.network and `gbid list`.
config::Kinds<PigouNetwork, TwoLinkNetwork, BraessNetwork, LinksNetwork, GridNetwork, TntpNetwork>
network_kinds();

/// The keys of [market] for selfish routing.
config::Schema<MarketConfig> market_schema();

}  // namespace gbid::routing
