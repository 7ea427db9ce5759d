// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <vector>

#include "analysis/price_of_anarchy.hpp"

namespace gbid {

/// What a reader must know before quoting a result: one sentence each, the most damaging first,
/// with what cures it.
/// Reads everything of the result but its caveats.
std::vector<Caveat> caveats_of(const PriceOfAnarchyResult& result);

}  // namespace gbid
