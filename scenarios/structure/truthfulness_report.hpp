// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <vector>

#include "engine/core/padded_matrix.hpp"

namespace gbid {

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

}  // namespace gbid
