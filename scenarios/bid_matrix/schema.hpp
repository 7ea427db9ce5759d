// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <vector>

#include "engine/config/schema.hpp"
#include "scenarios/bid_matrix/config.hpp"

namespace gbid::bid_matrix {

// One declaration per key of the [market] section.
config::Schema<MarketConfig> market_schema();

/// Terms that a payoff can be made of, one line each.
std::vector<config::Choice<std::string>> term_choices();
std::vector<config::Choice<Squash>> squash_choices();
std::vector<config::Choice<Mask>> mask_choices();

}  // namespace gbid::bid_matrix
