// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <vector>

#include "engine/config/schema.hpp"
#include "scenarios/structure/setup.hpp"

namespace gbid {

// One declaration per key of [agents].
config::Schema<AgentsConfig> agents_schema();
const config::Kinds<Table, MlpConfig>& network_kinds();
const config::Kinds<RandomBetween, MinmaxRows, FileArray>& initial_bids_kinds();
const std::vector<config::Choice<std::string>>& observation_choices();

}  // namespace gbid
