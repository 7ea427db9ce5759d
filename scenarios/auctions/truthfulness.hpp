// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <optional>
#include <vector>

#include "scenarios/auctions/formats/format.hpp"

namespace gbid::auctions {

/// What an agent could gain at most by a report that is not its type, given the reports of all.
struct TruthfulnessReport {
  double largest_gain = 0.0;  ///< >= 0; zero to rounding for a truthful mechanism
  // Where it is gained; nothing is said if there is no gain.
  Index agent = 0;
  std::vector<double> type, report;
  std::vector<double>
      others;  ///< (agent x bid), then truthful bidders; the agent's own row has no meaning
  double compared = 0.0;  ///< pairs of a truthful and another report
};

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
