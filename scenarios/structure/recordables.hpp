// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/simulation/state.hpp"

namespace gbid {

/// What markets of one structure can record.
struct Recordables {
  std::vector<Variable> trajectory;
  /// Names for [record] final with their help; one name may stand for several variables.
  std::vector<std::pair<std::string, std::string>> final;
  /// What is recorded if the scenario does not say.
  std::vector<std::string> default_trajectory;
  std::vector<std::string> default_final;

  /// Adds arrays that can be recorded. A name in [record] final that stands for several gets its
  /// help from `groups`, one that stands for one from the array and its dimensions.
  void add(const std::vector<ArraySpec>& arrays,
           const std::vector<std::pair<std::string, std::string>>& groups = {});
};

/// The variables of those arrays that a name stands for, in the table's order.
std::vector<Variable> recorded_variables(const std::vector<ArraySpec>& arrays, Recorded when,
                                         const std::string& name);

}  // namespace gbid
