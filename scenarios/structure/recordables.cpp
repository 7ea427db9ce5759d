// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/structure/recordables.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace gbid {

void Recordables::add(const std::vector<ArraySpec>& arrays,
                      const std::vector<std::pair<std::string, std::string>>& groups) {
  const auto is_known = [&](const std::string& name) {
    return std::any_of(final.begin(), final.end(),
                       [&](const auto& known) { return known.first == name; });
  };
  for (const ArraySpec& array : arrays) {
    if (array.recorded == Recorded::kTrajectory) trajectory.push_back(array.variable);
    if (array.recorded != Recorded::kFinal || is_known(array.recorded_as())) continue;
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& each) {
      return each.first == array.recorded_as();
    });
    const auto& dimensions = array.variable.dimensions;
    final.emplace_back(array.recorded_as(), group != groups.end() ? group->second
                                            : dimensions.empty()
                                                ? array.variable.long_name
                                                : fmt::format("{} ({})", array.variable.long_name,
                                                              fmt::join(dimensions, " x ")));
  }
}

std::vector<Variable> recorded_variables(const std::vector<ArraySpec>& arrays, Recorded when,
                                         const std::string& name) {
  std::vector<Variable> variables;
  for (const ArraySpec& array : arrays)
    if (array.recorded == when && array.recorded_as() == name) variables.push_back(array.variable);
  return variables;
}

}  // namespace gbid
