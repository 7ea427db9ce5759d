// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/formats/discriminatory.hpp"

#include "scenarios/auctions/formats/multi_unit.hpp"

namespace gbid::auctions {

std::unique_ptr<const Format> Discriminatory::make(const std::vector<Prior>& priors,
                                                   ArrayLoader& loader) const {
  return multi_unit({.payment = MultiUnitRules::Payment::kDiscriminatory, .falls = false}, priors,
                    loader);
}

}  // namespace gbid::auctions
