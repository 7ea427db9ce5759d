// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>

#include "scenarios/structure/truthfulness_report.hpp"

namespace gbid {

/// What was compared, the largest gain (ex-post regret) with its agent and reports, and a verdict.
std::string text_report(const TruthfulnessReport& report, const std::string& title);
/// {"version": 1, "is_truthful": ..., "largest_gain": ..., ...}
std::string json_report(const TruthfulnessReport& report, const std::string& title);

}  // namespace gbid
