// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>
#include <vector>

#include "scenarios/equilibrium/deviation_game.hpp"

namespace gbid {

/// What an agent spends on each of its choices: not negative, the sum is one.
using Shares = std::vector<double>;

/// Shares and the payoff there.
struct SharePoint {
  Shares shares;
  double payoff;
};

/// The eighth roots of shares, which tell a billionth from nothing: what points are compared by.
Shares eighth_roots(const Shares& shares);
/// Whether points given by their eighth roots are at least so far apart.
bool are_apart(const Shares& roots, const Shares& others, double apart);

/// Highest payoff first, NaN last; equal ones stay in order.
void sort_by_payoff(std::span<SharePoint> points);

/// The payoff of one agent as a function of its shares, all others' bids as last cleared. Its own
/// bids in the game are any of those asked for.
class SharePayoff {
 public:
  /// @param choices of `DeviationGame::share_choices`, not empty; they outlive this.
  SharePayoff(DeviationGame& game, Index agent, std::span<const Index> choices);

  std::size_t choices() const { return choices_.size(); }
  /// Whether this choice is the agent itself.
  bool is_itself(std::size_t choice) const { return choices_[choice] == agent_[0]; }
  /// See `DeviationGame::share_corners`.
  std::span<const double> corners(std::size_t choice) const { return corners_[choice]; }

  /// Of every other agent its shares with its place and this agent's exchanged; none where bids are
  /// not on agents.
  std::vector<Shares> mirrored();

  /// Shares with `amount` more spent so that the least columns, sums of what all agents spend on each
  /// other choice, are raised to a level. Empty where bids are not on agents, or not on itself.
  /// @param is_kept (choice) columns that it does not count among them.
  Shares raised(Shares shares, double amount, const std::vector<char>& is_kept) const;

  /// Choices whose columns are the least and nearer to each other than to all others, one by one
  /// more: where they share the minimum of a ranking the payoff has a ridge. Two choices at least.
  std::vector<std::vector<std::size_t>> nearly_level(const Shares& shares) const;
  /// The same spent on these choices, but so that their columns are equal; empty where it is too
  /// little for that.
  Shares levelled(Shares shares, const std::vector<std::size_t>& choices) const;

  /// NaN where the market would not clear.
  double value(std::span<const double> shares);
  /// d payoff / d shares, but for a constant that is the same in all; false where there is none.
  bool gradient(std::span<const double> shares, std::span<double> out);
  /// The raw bids (bids per agent) that spend these shares.
  std::vector<double> raw(std::span<const double> shares);

  /// As much of `count` where choices are few, less where they are many, but not less than four:
  /// what one trial costs grows with their number.
  std::size_t less_of(std::size_t count) const;

 private:
  std::span<const double> bids(std::span<const double> shares);

  DeviationGame& game_;
  std::vector<Index> agent_;  // one
  std::span<const Index> choices_;
  std::vector<std::vector<double>> corners_;  // of every choice, ascending
  Shares others_;                             // (choice) what all others spend; may be empty
  std::vector<std::size_t> columns_;          // all choices but itself; empty as well then
  std::vector<double> bids_;                  // (bids per agent) shares of all
  PaddedMatrix gradient_;                     // (1 x bids per agent)
};

}  // namespace gbid
