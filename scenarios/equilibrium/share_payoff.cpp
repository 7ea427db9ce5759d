// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/equilibrium/share_payoff.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "engine/core/error.hpp"

namespace gbid {

Shares eighth_roots(const Shares& shares) {
  Shares roots = shares;
  for (double& root : roots) root = std::sqrt(std::sqrt(std::sqrt(root)));
  return roots;
}

bool are_apart(const Shares& roots, const Shares& others, double apart) {
  double squared = 0.0;
  for (std::size_t k = 0; k < roots.size() && squared < apart * apart; ++k)
    squared += (roots[k] - others[k]) * (roots[k] - others[k]);
  return squared >= apart * apart;
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
  if (game.bids_per_agent() != game.agents() ||
      std::find(choices.begin(), choices.end(), agent) == choices.end())
    return;
  others_.assign(choices.size(), 0.0);
  Shares bids(bids_.size());
  for (Index other = 0; other < game.agents(); ++other) {
    if (other == agent) continue;
    game.shares(other, bids);
    for (std::size_t k = 0; k < choices.size(); ++k)
      others_[k] += bids[static_cast<std::size_t>(choices[k])];
  }
  for (std::size_t k = 0; k < choices.size(); ++k)
    if (!is_itself(k)) columns_.push_back(k);
}

std::span<const double> SharePayoff::bids(std::span<const double> shares) {
  for (std::size_t k = 0; k < choices_.size(); ++k)
    bids_[static_cast<std::size_t>(choices_[k])] = shares[k];
  return bids_;
}

Shares SharePayoff::raised(Shares shares, double amount, const std::vector<char>& is_kept) const {
  std::vector<std::size_t> order;
  for (const std::size_t k : columns_)
    if (!is_kept[k]) order.push_back(k);
  if (order.empty()) return {};
  const auto column = [&](std::size_t k) { return others_[k] + shares[k]; };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return column(a) < column(b); });
  double level = 0.0, sum = 0.0;
  for (std::size_t raised = 0; raised < order.size(); ++raised) {
    if (raised > 0 && level <= column(order[raised])) break;
    sum += column(order[raised]);
    level = (amount + sum) / static_cast<double>(raised + 1);
  }
  for (const std::size_t k : order) shares[k] += std::max(0.0, level - column(k));
  return shares;
}

std::vector<std::vector<std::size_t>> SharePayoff::nearly_level(const Shares& shares) const {
  std::vector<std::size_t> order = columns_;
  const auto column = [&](std::size_t k) { return others_[k] + shares[k]; };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return column(a) < column(b); });
  std::vector<std::vector<std::size_t>> sets;
  for (std::size_t k = 2; k <= order.size(); ++k)
    if (k == order.size() ||
        column(order[k]) - column(order[k - 1]) > column(order[k - 1]) - column(order.front()))
      sets.emplace_back(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k));
  return sets;
}

Shares SharePayoff::levelled(Shares shares, const std::vector<std::size_t>& choices) const {
  double level = 0.0;
  for (const std::size_t k : choices) level += others_[k] + shares[k];
  level /= static_cast<double>(choices.size());
  for (const std::size_t k : choices) {
    if (level < others_[k]) return {};
    shares[k] = level - others_[k];
  }
  return shares;
}

std::vector<Shares> SharePayoff::mirrored() {
  std::vector<Shares> all;
  if (game_.bids_per_agent() != game_.agents()) return all;
  Shares bids(bids_.size());
  for (Index other = 0; other < game_.agents(); ++other) {
    if (other == agent_[0]) continue;
    game_.shares(other, bids);
    std::swap(bids[static_cast<std::size_t>(other)], bids[static_cast<std::size_t>(agent_[0])]);
    Shares shares;
    for (const Index choice : choices_) shares.push_back(bids[static_cast<std::size_t>(choice)]);
    const double total = std::accumulate(shares.begin(), shares.end(), 0.0);
    if (!(total > 0.0)) continue;
    for (double& share : shares) share /= total;
    all.push_back(std::move(shares));
  }
  return all;
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
