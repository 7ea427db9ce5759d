// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/equilibrium/share_payoff.hpp"

namespace gbid {

/// Ascends by `ascend` in the square roots of shares: that coordinate reaches every face of the
/// simplex in finitely far steps, and its differences of gradients follow ridges.
/// @param least_rise in payoff; it ends where five steps in a row gain no more.
/// @param ridge choices whose shares change by equal amounts, so that columns that are level stay so.
void ascend_shares(SharePayoff& payoff, SharePoint& point, Index iterations, double least_rise,
                   const std::vector<std::size_t>& ridge = {});

/// Ascends along every ridge that is near: the columns that share the minimum of a ranking are
/// levelled and move together. Where many share it, steps that only follow differences of
/// gradients come to a stop before the end of the ridge.
/// @return whether any was better.
bool follow_ridges(SharePayoff& payoff, SharePoint& point, Index iterations, double least_rise);

/// Moves shares from one choice to another, by shorter and shorter amounts and up to corners, as
/// long as that is better.
/// @param shortest amount. @return whether any exchange was better.
bool exchange_shares(SharePayoff& payoff, SharePoint& point, double shortest, double least_rise);

/// Multiplies single shares by zero and by powers of ten, as long as that is better: what is spent on a choice
/// may matter however little it is, where the others spend as little.
/// @param narrowest power of ten. @return whether any was better.
bool rescale_shares(SharePayoff& payoff, SharePoint& point, double narrowest, double least_rise);

}  // namespace gbid
