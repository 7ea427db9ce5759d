// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/equilibrium/share_payoff.hpp"

#include <algorithm>
#include <cmath>

#include "engine/core/error.hpp"

namespace gbid {

double root_distance(const Shares& a, const Shares& b) {
  double squared = 0.0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    const double apart = std::sqrt(a[k]) - std::sqrt(b[k]);
    squared += apart * apart;
  }
  return std::sqrt(squared);
}

void sort_by_payoff(std::span<SharePoint> points) {
  std::stable_sort(points.begin(), points.end(), [](const SharePoint& a, const SharePoint& b) {
    return a.payoff > b.payoff || (std::isnan(b.payoff) && !std::isnan(a.payoff));
  });
}

SharePayoff::SharePayoff(DeviationGame& game, Index agent, std::span<const Index> choices)
    : game_(game),
      agent_{agent},
      choices_(choices),
      bids_(static_cast<std::size_t>(game.bids_per_agent()), 0.0),
      gradient_(1, game.bids_per_agent()) {
  for (const Index choice : choices) corners_.push_back(game.share_corners(agent, choice));
}

std::span<const double> SharePayoff::bids(std::span<const double> shares) {
  for (std::size_t k = 0; k < choices_.size(); ++k)
    bids_[static_cast<std::size_t>(choices_[k])] = shares[k];
  return bids_;
}

double SharePayoff::value(std::span<const double> shares) {
  return game_.payoff_of_shares(agent_[0], bids(shares));
}

bool SharePayoff::gradient(std::span<const double> shares, std::span<double> out) {
  try {
    game_.raw_of_shares(agent_[0], bids(shares), game_.raw_bids().row_span(agent_[0]));
    const Movers alone{agent_, game_.agents() == 1};
    game_.clear(alone);
    game_.own_gradient(alone, gradient_);
  } catch (const NumericError&) {
    return false;
  }
  game_.share_gradient(agent_[0], gradient_.row_span(0));
  for (std::size_t k = 0; k < choices_.size(); ++k) out[k] = gradient_(0, choices_[k]);
  return true;
}

std::vector<double> SharePayoff::raw(std::span<const double> shares) {
  std::vector<double> raw(bids_.size());
  game_.raw_of_shares(agent_[0], bids(shares), raw);
  return raw;
}

std::size_t SharePayoff::less_of(std::size_t count) const {
  constexpr std::size_t kFewChoices = 100, kLeast = 4;
  if (choices() <= kFewChoices) return count;
  return std::min(count, std::max(kLeast, count * kFewChoices / choices()));
}

}  // namespace gbid
