// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <limits>
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

/// Agents of a regime that move by one schedule.
struct MoverGroup {
  std::string name = "all";
  std::vector<Index> agents = {};  ///< ascending; empty: all
  Schedule schedule = AllAgents{};
  bool learns = true;  ///< otherwise they bid as they started
  int phases = 1;      ///< gradients that its learner takes in a step
};

/// A part of a run with groups of its own. It ends after `steps`, or before once it has settled;
/// then the next begins, or the run ends.
struct Stage {
  std::string name = "learning";
  std::size_t first_group = 0, group_count = 1;  ///< of the regime's groups
  Index steps = std::numeric_limits<Index>::max();
};

/// What the loop needs to know of a regime; the same for all its trials.
struct SimulationPlan {
  std::string name;
  std::vector<Stage> stages{Stage{}};
  std::optional<SettleCriterion> settle;
  std::vector<Index> recorded_steps;    ///< ascending; the last one is the last step of the run
  std::vector<std::string> trajectory;  ///< what is recorded along the way; welfare comes first
  std::vector<std::string> final;       ///< what is recorded at the end, as the scenario names it
  Index progress_every = 256;  ///< steps between reports of progress; few where they are slow
  Index trajectory_width = 0;  ///< values a record
  Index final_width = 0;
};

}  // namespace gbid
