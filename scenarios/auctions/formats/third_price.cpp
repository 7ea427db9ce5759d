// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/formats/third_price.hpp"

#include "scenarios/auctions/formats/single_item.hpp"

namespace gbid::auctions {

std::unique_ptr<const Format> ThirdPrice::make(const std::vector<Prior>& priors,
                                               ArrayLoader& loader) const {
  return single_item({.payment = Payment::kThirdBid}, priors, loader);
}

}  // namespace gbid::auctions
