// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/equilibrium/share_search.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "scenarios/equilibrium/share_moves.hpp"
#include "scenarios/equilibrium/share_starts.hpp"

namespace gbid {
namespace {

// Steps of the first ascent from every start, and the shortest exchanges and narrowest powers of
// ten around where it ends.
constexpr Index kRoughIterations = 30;
constexpr double kRoughExchange = 0.02, kRoughPower = 0.5;
// Of more choices than the first, shares are only moved around so many times the ends that are
// followed to their top: of 100 agents that took half of the time, and the sum of gains fell by
// 0.25% (poa.toml) and 0.7% (nash.toml), single agents' by up to 4%.
constexpr std::size_t kFewMoved = 16, kMovedOfMany = 4;
// Rough ends that are nearer, in eighth roots, are one.
constexpr double kNear = 0.02;
// The same of the last ones, and how often they are repeated.
constexpr double kShortestExchange = 1e-7, kNarrowestPower = 1e-4;
constexpr int kRounds = 4;
// Shares of the range of payoffs: a rise by less is none, roughly and in the end; ends that are
// nearer than the last are the same.
constexpr double kRoughIdle = 1e-5, kIdle = 1e-11, kSamePayoff = 1e-6;

/// Of points that are near each other only the best.
void drop_near(std::vector<SharePoint>& points) {
  sort_by_payoff(points);
  std::vector<SharePoint> kept;
  std::vector<Shares> roots;
  for (SharePoint& point : points) {
    Shares root = eighth_roots(point.shares);
    if (!std::all_of(roots.begin(), roots.end(),
                     [&](const Shares& other) { return are_apart(root, other, kNear); }))
      continue;
    roots.push_back(std::move(root));
    kept.push_back(std::move(point));
  }
  points = std::move(kept);
}

/// The best `count`, of those that came to the same payoff only one.
void keep_apart(std::vector<SharePoint>& ends, std::size_t count, double same) {
  sort_by_payoff(ends);
  std::vector<SharePoint> kept;
  for (SharePoint& end : ends) {
    if (kept.size() == count) break;
    if (kept.empty() || kept.back().payoff - end.payoff > same) kept.push_back(std::move(end));
  }
  ends = std::move(kept);
}

}  // namespace

Response search_shares(DeviationGame& game, Index agent, std::span<const Index> choices,
                       std::span<const double> shares, double payoff, const SearchConfig& config) {
  SharePayoff own(game, agent, choices);
  // 1. Candidates.
  SharePoint state{Shares(choices.size()), payoff};
  for (std::size_t k = 0; k < choices.size(); ++k)
    state.shares[k] = shares[static_cast<std::size_t>(choices[k])];
  auto [points, range] =
      share_starts(own, state, own.less_of(static_cast<std::size_t>(config.starts)));
  Response response;
  response.starts = static_cast<Index>(points.size());
  // 2. Roughly from all of them; from ends that are near a better one no further.
  const double rough = kRoughIdle * range, idle = kIdle * range;
  for (SharePoint& point : points) ascend_shares(own, point, kRoughIterations, rough);
  if (config.exchanges) {
    drop_near(points);
    const std::size_t moved = own.choices() <= kFewMoved
                                  ? points.size()
                                  : kMovedOfMany * static_cast<std::size_t>(config.climbs);
    for (SharePoint& point : std::span(points).first(std::min(moved, points.size()))) {
      bool has_risen = rescale_shares(own, point, kRoughPower, rough);
      has_risen |= exchange_shares(own, point, kRoughExchange, rough);
      if (has_risen) ascend_shares(own, point, kRoughIterations, rough);
    }
  }
  // 3. To the end from the best.
  keep_apart(points, static_cast<std::size_t>(config.climbs), kSamePayoff * range);
  for (SharePoint& point : points) {
    ascend_shares(own, point, config.iterations, idle);
    if (config.exchanges && rescale_shares(own, point, kNarrowestPower, idle))
      ascend_shares(own, point, config.iterations, idle);
    if (config.exchanges) follow_ridges(own, point, config.iterations, idle);
  }
  sort_by_payoff(points);
  SharePoint& best = points.front();
  for (int round = 0;
       config.exchanges && round < kRounds && exchange_shares(own, best, kShortestExchange, idle);
       ++round)
    ascend_shares(own, best, config.iterations, idle);
  response.raw = own.raw(best.shares);
  response.payoff = game.payoff_if(agent, response.raw);
  return response;
}

}  // namespace gbid
