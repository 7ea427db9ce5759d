// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "engine/config/entries.hpp"
#include "scenarios/auctions/config.hpp"
#include "scenarios/bid_matrix/config.hpp"
#include "scenarios/classical/config.hpp"
#include "scenarios/layered_flow/config.hpp"
#include "scenarios/mixture_of_experts/config.hpp"
#include "scenarios/routing/config.hpp"

namespace gbid {

/// All market structures, a line each, in the order of `gbid list markets`.
using Structures = config::EntryList<  //
    bid_matrix::entry,                 //
    mixture_of_experts::entry,         //
    layered_flow::entry,               //
    classical::proportional_share,     //
    classical::tullock,                //
    classical::cournot,                //
    classical::bertrand,               //
    classical::common_pool,            //
    classical::linear_quadratic,       //
    classical::bilinear,               //
    routing::entry,                    //
    auctions::entry>;

/// The market section of a scenario.
using MarketConfig = Structures::Config;

}  // namespace gbid
