// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/formats/second_price.hpp"

#include "engine/config/schema.hpp"
#include "scenarios/auctions/formats/single_item.hpp"

namespace gbid::auctions {

void SecondPrice::keys(config::Schema<SecondPrice>& schema) {
  schema
      .number("reserve", &SecondPrice::reserve, {.min = 0.0},
              "lowest bid that can win; where a learned one starts")
      .boolean("learned_reserve", &SecondPrice::learned_reserve,
               "whether the seller is an agent too, the last one, who maximises revenue by the "
               "reserve");
}

std::unique_ptr<const Format> SecondPrice::make(const std::vector<Prior>& priors,
                                                ArrayLoader& loader) const {
  return single_item(
      {.payment = Payment::kSecondBid, .reserve = reserve, .has_seller = learned_reserve}, priors,
      loader);
}

}  // namespace gbid::auctions
