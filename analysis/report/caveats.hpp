// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/price_of_anarchy.hpp"

namespace gbid {

/// What a reader must know before quoting a result: one sentence each, the most damaging first,
/// with what cures it.
/// Reads everything of the result but its caveats.
std::vector<Caveat> caveats_of(const PriceOfAnarchyResult& result);

/// Trials in which the agents of a comparison ended above its planner by more than rounding; where
/// the optimum is known in closed form none did.
std::int64_t trials_above_planner(const PriceOfAnarchyResult&, const AnarchyComparison&);

}  // namespace gbid
