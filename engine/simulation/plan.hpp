// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/schedule/schedule.hpp"

namespace gbid {

/// When a run counts as settled: the welfare of the last `window` records lies within tolerance x
/// |its mean|.
struct SettleCriterion {
  Index window = 20;
  double tolerance = 1e-3;
};

/// What the loop needs to know of a regime; the same for all its trials.
struct SimulationPlan {
  std::string name;
  Schedule schedule = AllAgents{};
  std::optional<SettleCriterion> settle;
  std::vector<Index> recorded_steps;  ///< ascending; the last one is the last step of the run
  bool records_updates = false;       ///< the agents' update counts, after all else
  Index progress_every = 256;  ///< steps between reports of progress; few where they are slow
  Index trajectory_width = 0;  ///< values a record
  Index final_width = 0;
};

}  // namespace gbid
