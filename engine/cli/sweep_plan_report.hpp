// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>

#include "scenarios/sweep/plan.hpp"

namespace gbid::cli {

struct PlanReportOptions {
  int threads = 1;
  double memory_bytes = 0.0;  ///< that simulations may take together
  bool as_json = false;
};

/// What `gbid sweep --dry-run` prints: the points, the work, the memory and the size of the file.
std::string plan_report(const SweepPlan& plan, const PlanReportOptions& options);

}  // namespace gbid::cli
