// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "scenarios/loading/config.hpp"
#include "scenarios/structure/structure.hpp"

namespace gbid {

/// All structures of loading/structures.hpp, in its order, with what all that have bidding agents
/// can record.
const std::vector<StructureEntry>& structures();

/// The structure of a scenario's market.
inline const StructureEntry& structure_of(const MarketConfig& market) {
  return structures()[market.index()];
}

/// The structure that a scenario names. Sizes are refused here before anything large is set aside.
std::unique_ptr<Structure> make_structure(const ScenarioConfig& config, ArrayLoader& loader);

/// What is recorded at the end if the scenario does not say.
std::vector<std::string> default_final(const MarketConfig& market);

/// The learner of agents whose scenario names none: that of the market's keys if they have one, by
/// `default_learner()` or `kUsualAdam`, or that of [learning].
Learner default_learner(const MarketConfig& market);
/// The Adam whose numbers a scenario need not name: the market's `kUsualAdam`, if it has one.
std::optional<Adam> usual_adam(const MarketConfig& market);

/// The small scenario of a structure, with what it records.
ScenarioConfig example_of(const StructureEntry& structure);

}  // namespace gbid
