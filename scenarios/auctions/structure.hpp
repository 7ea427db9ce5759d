// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>

#include "scenarios/auctions/learning/auction_market.hpp"
#include "scenarios/structure/structure.hpp"

namespace gbid::auctions {

/// The rules of a structure that is an auction, for `truthfulness`; null of any other. It lives as
/// long as the structure.
const Format* format_of(const Structure& structure);

/// @see gbid::make_structure
std::unique_ptr<Structure> make_structure(const MarketConfig& config, const Setup& setup,
                                          ArrayLoader& loader);

}  // namespace gbid::auctions
