// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/record/layout.hpp"

namespace gbid {

/// What markets of one structure can record.
struct Recordables {
  std::vector<Variable> trajectory;
  /// Names for [record] final with their help; one name may stand for several variables.
  std::vector<std::pair<std::string, std::string>> final;
  /// What is recorded if the scenario does not say.
  std::vector<std::string> default_trajectory;
  std::vector<std::string> default_final;
};

}  // namespace gbid
