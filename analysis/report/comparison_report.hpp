// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <vector>

#include "analysis/run_comparison.hpp"

namespace gbid {

/// Tables for a terminal: the runs with their verdicts, the keys that differ, the statistics side by
/// side, their differences from the first run, and certificates.
std::string text_report(const std::vector<ComparedRun>& runs, const RunComparison& comparison);

/// {"version": 1, "kind": "comparison", "runs": [...], "scenario": [...], "statistics": [...]}; a
/// difference that does not exist is null.
std::string json_report(const std::vector<ComparedRun>& runs, const RunComparison& comparison);

}  // namespace gbid
