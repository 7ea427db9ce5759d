// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "engine/config/schema.hpp"
#include "scenarios/layered_flow/config.hpp"

namespace gbid::layered_flow {

config::Schema<MarketConfig> market_schema();

}  // namespace gbid::layered_flow
