// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <vector>

#include "analysis/price_of_anarchy.hpp"

namespace gbid {

/// What a reader must know before quoting a result: one sentence each, the most damaging first.
/// Reads everything of the result but its caveats.
std::vector<std::string> caveats_of(const PriceOfAnarchyResult& result);

}  // namespace gbid
