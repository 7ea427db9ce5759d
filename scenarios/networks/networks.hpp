// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// The networks of a finished run, as its file holds them.
#pragma once

#include <string>

#include "scenarios/structure/planned_market.hpp"

namespace gbid {

/// The name in [record] final that stands for all parameters.
inline constexpr const char* kNetworks = "networks";

/// Loads a market's networks from what a finished trial recorded; false if that does not hold them
/// all.
template <class Market>
bool load_networks(const State& state, Market& market, const StateReader& read) {
  for (const std::size_t array : state.recorded({kNetworks}, Recorded::kFinal)) {
    const std::string& name = state.spec(array).name();
    if (!market.load(name, read(name))) return false;
  }
  return true;
}

}  // namespace gbid
