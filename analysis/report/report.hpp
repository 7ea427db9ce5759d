// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>

#include "analysis/price_of_anarchy.hpp"
#include "analysis/report/learning_summary.hpp"

namespace gbid {

/// The result as plain aligned text for a terminal: the verdict and whether it may be quoted, what
/// readers of such a market look for first, tables of regimes and comparisons, certificates, and
/// caveats with their cures. Lines of at most 100 columns; numbers with four significant digits;
/// brackets hold bootstrap intervals. Control characters in names become '?'.
/// @param is_explained  adds what every number means, at the end.
std::string text_report(const PriceOfAnarchyResult& result, const LearningSummary& learning = {},
                        bool is_explained = false);

/// The result as one JSON object, {"version": 1, ...}, with every per-trial value; what is missing,
/// infinite or not defined is null. "verdicts" says what the run answers and whether that may be
/// quoted; "cures" has an entry a caveat, empty where none is known. A run that learned from images has the member "learning".
/// Keys keep their meaning within a version; new ones may appear.
std::string json_report(const PriceOfAnarchyResult& result, const LearningSummary& learning = {});

}  // namespace gbid
