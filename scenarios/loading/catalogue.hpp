// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scenarios/loading/config.hpp"

namespace gbid {

/// Everything that is registered, from the declarations that also read the scenario.
std::vector<Registered> registry();

/// A small scenario of a structure that runs as it is, for `gbid init`.
std::optional<ScenarioConfig> example_scenario(const std::string& structure);

}  // namespace gbid
