// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/config/key_info.hpp"
#include "scenarios/loading/config.hpp"

namespace gbid {

/// One kind of thing that a scenario can be made of: what `gbid list KIND` shows.
struct Registered {
  std::string kind;                      ///< "masks"
  std::string key;                       ///< where a scenario names one: "market.bids.mask"
  std::vector<config::KeyInfo> entries;  ///< name, help, and the keys of each
};

/// Everything that is registered, from the declarations that also read the scenario.
std::vector<Registered> registry();

/// A small scenario of a structure that runs as it is, for `gbid init`.
std::optional<ScenarioConfig> example_scenario(const std::string& structure);

}  // namespace gbid
