// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <vector>

#include "engine/core/array.hpp"
#include "engine/core/padded_matrix.hpp"
#include "engine/random/stream.hpp"
#include "scenarios/bid_matrix/config.hpp"

namespace gbid::bid_matrix {

/// Normal numbers (n x n), scaled to [0, 1] by the smallest and largest, then every row divided by its sum.
PaddedMatrix draw_matrix(Index n, const StreamKey& key);

/// The `which`-th (n x n) matrix of an array.
PaddedMatrix take_matrix(const Array& array, Index n, Index which);

/// alpha (n) of a trial. @param given those of a file; empty otherwise.
std::vector<double> draw_alpha(const MarketConfig& config, const std::vector<double>& given,
                               const StreamKey& key);

}  // namespace gbid::bid_matrix
