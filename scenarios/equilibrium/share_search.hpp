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
/// 1. Starts: candidates that promise most and are unlike each other (`share_starts`).
/// 2. From all of them a rough ascent, shares exchanged and multiplied, and an ascent from there
///    (`share_moves.hpp`).
/// 3. The same to the end from the best ends.
/// A lower bound of the best response.
/// @param choices of `DeviationGame::share_choices`, not empty. @param payoff of the state.
Response search_shares(DeviationGame& game, Index agent, std::span<const Index> choices,
                       std::span<const double> shares, double payoff, const SearchConfig& config);

}  // namespace gbid
