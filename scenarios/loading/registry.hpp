// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <vector>

#include "scenarios/loading/config.hpp"
#include "scenarios/structure/recordables.hpp"

namespace gbid {

/// One structure of the registry, in the order of MarketConfig.
struct StructureEntry {
  std::string name;
  Recordables recordables;
  bool has_bidding_agents = false;  ///< reads [agents]: its agents bid by a network of their own
  ScenarioConfig example;           ///< a small scenario that runs as it is
};

/// All structures: one line each in structures.cpp.
const std::vector<StructureEntry>& structures();

/// The structure of a scenario's market.
inline const StructureEntry& structure_of(const MarketConfig& market) {
  return structures()[market.index()];
}

/// What is recorded at the end if the scenario does not say: that of the structure, and of a
/// bid-matrix market who may bid on whom, if that is not everyone.
std::vector<std::string> default_final(const MarketConfig& market);

}  // namespace gbid
