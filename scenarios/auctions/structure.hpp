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

}  // namespace gbid::auctions
