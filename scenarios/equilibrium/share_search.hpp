// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>
#include <vector>

#include "scenarios/equilibrium/deviation_game.hpp"
#include "scenarios/equilibrium/search_config.hpp"

namespace gbid {

/// The best that was found for one agent, all others held fixed.
struct Response {
  std::vector<double> raw;  ///< (bids per agent)
  double payoff = 0.0;
  Index starts = 0;       ///< that were ascended from; 0: none, the response is exact
  bool is_exact = false;  ///< a true best response
};

/// Searches the bids of an agent that spends shares of one, all others as last cleared; its own
/// bids may be any of the state when it ends.
///
/// 1. Candidates: the shares of the state, and every set of choices (of many choices: single ones,
///    pairs, and the best of these grown choice by choice), spent evenly and up to the corners
///    where more buys nothing.
/// 2. Ascents from the most promising by `ascend`, in the square roots of shares: that coordinate
///    reaches every face of the simplex in finitely far steps, and its differences of gradients
///    follow ridges.
/// 3. Exchanges of shares between two choices, by shorter and shorter amounts and up to corners,
///    around the best ends; and on from there.
/// A lower bound of the best response.
/// @param choices of `DeviationGame::share_choices`, not empty. @param payoff of the state.
Response search_shares(DeviationGame& game, Index agent, std::span<const Index> choices,
                       std::span<const double> shares, double payoff, const SearchConfig& config);

}  // namespace gbid
