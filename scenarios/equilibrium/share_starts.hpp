// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/equilibrium/share_payoff.hpp"

namespace gbid {

/// Where ascents begin: `count` points at most, the given one first, and with it the range of the
/// payoffs of all that were looked at.
///
/// 1. Candidates: every set of choices (of many choices: single ones, pairs, and the best of these
///    grown choice by choice), spent evenly and up to the corners where more buys nothing; pairs by
///    powers of ten; points over all shares, half of them over their powers of ten; what
///    other agents do, and the least columns raised to a level.
/// 2. Of these the best, but those near to a better one last. Near in eighth roots, see
///    there.
struct ShareStarts {
  std::vector<SharePoint> points;
  double payoff_range = 0.0;
};
ShareStarts share_starts(SharePayoff& payoff, const SharePoint& state, std::size_t count);

}  // namespace gbid
