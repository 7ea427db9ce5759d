// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>

#include "scenarios/bid_matrix/config.hpp"
#include "scenarios/structure/structure.hpp"

namespace gbid::bid_matrix::sparse {

/// The bid-matrix market with `market.storage = "edges"`. What it cannot pay, record or learn is refused
/// with its key and the reason.
std::unique_ptr<Structure> make_edge_structure(const MarketConfig& config, const Setup& setup,
                                               ArrayLoader& loader);

}  // namespace gbid::bid_matrix::sparse
