// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "scenarios/equilibrium/share_payoff.hpp"

namespace gbid {

/// Ascends by `ascend` in the square roots of shares: that coordinate reaches every face of the
/// simplex in finitely far steps, and its differences of gradients follow ridges.
/// @param least_rise in payoff; it ends where five steps in a row gain no more.
void ascend_shares(SharePayoff& payoff, SharePoint& point, Index iterations, double least_rise);

/// Moves shares from one choice to another, by shorter and shorter amounts and up to corners, as
/// long as that is better.
/// @param shortest amount. @return whether any exchange was better.
bool exchange_shares(SharePayoff& payoff, SharePoint& point, double shortest, double least_rise);

/// Multiplies single shares by zero and by powers of ten, as long as that is better: what is spent on a choice
/// may matter however little it is, where the others spend as little.
/// @param narrowest power of ten. @return whether any was better.
bool rescale_shares(SharePayoff& payoff, SharePoint& point, double narrowest, double least_rise);

}  // namespace gbid
