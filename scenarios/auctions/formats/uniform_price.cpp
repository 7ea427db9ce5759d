// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/formats/uniform_price.hpp"

#include "engine/config/schema.hpp"
#include "scenarios/auctions/formats/multi_unit.hpp"

namespace gbid::auctions {

void UniformPrice::keys(config::Schema<UniformPrice>& schema) {
  schema.integer("units", &UniformPrice::units, {2, 3}, "for sale");
}

std::unique_ptr<const Format> UniformPrice::make(const std::vector<Prior>& priors,
                                                 ArrayLoader& loader) const {
  return multi_unit({.units = units}, priors, loader);
}

}  // namespace gbid::auctions
