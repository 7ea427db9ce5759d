// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <vector>

#include "engine/core/padded_matrix.hpp"

namespace gbid {

/// What an agent could gain at most by a report that is not its type, given the reports of all.
struct TruthfulnessReport {
  double largest_gain = 0.0;     ///< >= 0; zero to rounding for a truthful mechanism
  double largest_utility = 0.0;  ///< of any report, its modulus: what a gain is judged by
  // Where it is gained; nothing is said if there is no gain.
  Index agent = 0;
  std::vector<double> type, report;
  std::vector<double>
      others;  ///< (agent x bid), then truthful bidders; the agent's own row has no meaning
  double compared = 0.0;  ///< pairs of a truthful and another report

  /// Whether the gain is more than rounding, in any unit of money.
  bool has_gain() const {
    constexpr double kNoGain = 1e-12;
    return largest_gain > kNoGain * largest_utility;
  }
};

}  // namespace gbid
