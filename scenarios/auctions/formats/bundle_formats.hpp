// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <vector>

#include "engine/config/schema.hpp"
#include "scenarios/auctions/config.hpp"
#include "scenarios/auctions/distributions/prior.hpp"
#include "scenarios/auctions/formats/format.hpp"

namespace gbid::auctions {

/// Faults of scenarios whose format fixes the number of bidders or what signals are drawn from.
void check_bundle(const MarketConfig& market, const config::Checker& checker);

/// The formats of several units, sides and of common values. @param priors one a bidder; faults go
/// to the loader.
std::unique_ptr<Format> make_bundle(const DoubleAuction& rules, const std::vector<Prior>& priors,
                                    ArrayLoader& loader);
std::unique_ptr<Format> make_bundle(const LocalLocalGlobal& rules, const std::vector<Prior>& priors,
                                    ArrayLoader& loader);
std::unique_ptr<Format> make_bundle(const UniformPrice& rules, const std::vector<Prior>& priors,
                                    ArrayLoader& loader);
std::unique_ptr<Format> make_bundle(const Discriminatory& rules, const std::vector<Prior>& priors,
                                    ArrayLoader& loader);
std::unique_ptr<Format> make_bundle(const AffiliatedFirstPrice& rules,
                                    const std::vector<Prior>& priors, ArrayLoader& loader);
std::unique_ptr<Format> make_bundle(const MineralRights& rules, const std::vector<Prior>& priors,
                                    ArrayLoader& loader);

}  // namespace gbid::auctions
