// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/formats/all_pay.hpp"

#include "scenarios/auctions/formats/single_item.hpp"

namespace gbid::auctions {

std::unique_ptr<const Format> AllPay::make(const std::vector<Prior>& priors,
                                           ArrayLoader& loader) const {
  return single_item({.payment = Payment::kAllPay}, priors, loader);
}

}  // namespace gbid::auctions
