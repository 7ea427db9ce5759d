// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>

#include "scenarios/bid_matrix/config.hpp"
#include "scenarios/structure/structure.hpp"

namespace gbid::bid_matrix {

/// @see gbid::make_structure
std::unique_ptr<Structure> make_structure(const MarketConfig& config, const Setup& setup,
                                          ArrayLoader& loader);

}  // namespace gbid::bid_matrix
