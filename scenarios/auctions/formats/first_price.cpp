// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/formats/first_price.hpp"

#include "engine/config/schema.hpp"
#include "scenarios/auctions/formats/single_item.hpp"

namespace gbid::auctions {

void FirstPrice::keys(config::Schema<FirstPrice>& schema) {
  schema.number("reserve", &FirstPrice::reserve, {.min = 0.0}, "lowest bid that can win")
      .number("risk_exponent", &FirstPrice::risk_exponent,
              {.min = 0.0, .max = 1.0, .min_open = true},
              "utility (value - bid)^exponent; below one: averse to risk");
}

std::unique_ptr<const Format> FirstPrice::make(const std::vector<Prior>& priors,
                                               ArrayLoader& loader) const {
  return single_item(
      {.payment = Payment::kOwnBid, .reserve = reserve, .risk_exponent = risk_exponent}, priors,
      loader);
}

}  // namespace gbid::auctions
