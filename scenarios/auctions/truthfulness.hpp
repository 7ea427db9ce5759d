// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <optional>

#include "scenarios/auctions/formats/format.hpp"
#include "scenarios/structure/truthfulness_report.hpp"

namespace gbid::auctions {

/// Looks at every agent, types, own reports and reports of all others on a grid over the types:
/// max [ u_i(type, report, others) - u_i(type, type, others) ], ties broken against the agent. A
/// lower bound that is exact on the grid. Types and reports of several numbers, and many rivals,
/// are looked at on coarser grids, so that the work is bounded; rivals beyond the 14th number
/// report their lowest type.
/// @param points of a grid, >= 2.
/// @return nothing if the format does not say what reports come to, or takes bids that are no
/// types.
std::optional<TruthfulnessReport> truthfulness(const Format& format, Index points = 21);

}  // namespace gbid::auctions
