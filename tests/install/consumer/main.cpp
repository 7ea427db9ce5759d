// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors

#include <fmt/format.h>

#include "engine/core/version.hpp"
#include "engine/math/vector_math.hpp"
#include "scenarios/loading/scenario.hpp"

/// What a program against the library does first: load a scenario, call vector code of the headers.
int main() {
  const auto document = gbid::config::Document::from_text(
      "[market]\nstructure = \"bid_matrix\"\npayoff.utility = 1.0\n[regimes.competitive]\n",
      "consumer.toml");
  const auto scenario = gbid::Scenario::load(document);
  const auto simulation = scenario.simulation(0, 0);
  fmt::print("gbid {}: {} regimes, exp(0) = {}\n", gbid::version(), scenario.regime_count(),
             gbid::exp(gbid::broadcast(0.0))[0]);
}
