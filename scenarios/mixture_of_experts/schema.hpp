// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "engine/config/schema.hpp"
#include "scenarios/mixture_of_experts/config.hpp"

namespace gbid::mixture_of_experts {

config::Schema<MarketConfig> market_schema();
config::Kinds<FixedPrice, MeanBidPrice, AskPrice> price_kinds();

}  // namespace gbid::mixture_of_experts
