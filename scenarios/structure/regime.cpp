// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/structure/regime.hpp"

#include <algorithm>

namespace gbid {

Index RegimePlan::movers_per_step(Index agents) const {
  Index most = 0;
  for (const Stage& stage : stages) {
    Index moving = 0;
    for (std::size_t k = 0; k < stage.group_count; ++k) {
      const GroupPlan& group = groups[stage.first_group + k];
      const Index members = group.agents.empty() ? agents : static_cast<Index>(group.agents.size());
      if (group.learns) moving += gbid::movers_per_step(group.schedule, members);
    }
    most = std::max(most, moving);
  }
  return most;
}

const Learner& RegimePlan::largest_learner() const {
  return std::max_element(groups.begin(), groups.end(),
                          [](const GroupPlan& a, const GroupPlan& b) {
                            return moment_count(a.learner) < moment_count(b.learner);
                          })
      ->learner;
}

bool RegimePlan::records(Recorded when, const std::string& array) const {
  const std::vector<std::string>& names = when == Recorded::kFinal ? final : trajectory;
  return std::find(names.begin(), names.end(), array) != names.end();
}

std::uint64_t regime_key(const std::string& name) {
  std::uint64_t hash = 14695981039346656037ull;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return hash >> 16;
}

}  // namespace gbid
