// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <vector>

#include "engine/core/padded_matrix.hpp"

namespace gbid {

/// How closely misreports are looked for.
struct TruthfulnessConfig {
  Index points = 11;         ///< on every grid: types, own reports, reports of others
  Index most_cases = 20000;  ///< profiles of others' reports an agent: beyond them some are drawn
};

/// The largest gain from misreporting, whatever the others report: zero if and, on the grid, only
/// if telling the truth is a dominant strategy.
///
///   gain = max over agents i, types t_i, own reports r_i and others' reports r_-i of
///          u_i(r_i, r_-i; t_i) - u_i(t_i, r_-i; t_i),    ties broken against i
struct TruthfulnessReport {
  double largest_gain = 0.0;
  Index agent = 0;             ///< where it is largest: who,
  std::vector<double> type;    ///< of which type,
  std::vector<double> report;  ///< by which report,
  std::vector<double> others;  ///< against which reports (agent x bid), its own left out
  double mean_gain = 0.0;      ///< of the best misreport, over all cases
  double cases = 0.0;          ///< types x others' reports, over all agents
};

}  // namespace gbid
