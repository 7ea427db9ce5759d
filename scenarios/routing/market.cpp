// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/routing/market.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "agents/cohort.hpp"
#include "engine/core/error.hpp"

namespace gbid::routing {
namespace {

// Random starts spread trips over the cheapest paths at so many draws of costs.
constexpr std::size_t kDraws = 8;

/// Costs of empty links, or several draws of random ones.
std::vector<std::vector<double>> start_costs(const Game& game, StreamKey key) {
  const auto links = static_cast<std::size_t>(game.network->link_count());
  const bool is_random = game.config.start == Start::kRandom;
  std::vector<std::vector<double>> costs(is_random ? kDraws : 1, std::vector<double>(links));
  key.purpose = Purpose::kInitialBids;
  for (std::size_t draw = 0; draw < costs.size(); ++draw) {
    key.agent = draw;
    Stream stream(key);
    for (std::size_t link = 0; link < links; ++link)
      costs[draw][link] =
          is_random ? stream.uniform() : game.travel().value(static_cast<Index>(link), 0.0);
  }
  return costs;
}

}  // namespace

RoutingMarket::RoutingMarket(std::shared_ptr<const Game> game, const RegimePlan& plan,
                             const StreamKey& key)
    : PlannedMarket(plan, game->network->pair_count()),
      game_(std::move(game)),
      assignment_(game_->network, is_planner() ? game_->marginal : game_->travel()),
      updates_(static_cast<std::size_t>(game_->network->pair_count())),
      travel_cost_(static_cast<std::size_t>(game_->network->link_count())),
      cheapest_(static_cast<std::size_t>(game_->network->pair_count())) {
  assignment_.start(start_costs(*game_, key));
  bind_all(arrays(), state_, *this);
  assignment_.declare(state_);
  state_.add(updates_spec(), updates_);
}

bool RoutingMarket::is_planner() const { return plan_.group().objective != Objective::kOwnPayoff; }

void RoutingMarket::clear(const Movers&) {
  if (!has_moved_) return;
  has_moved_ = false;
  assignment_.load();
  total_travel_time_ = 0.0;
  for (Index link = 0; link < game_->network->link_count(); ++link) {
    const auto l = static_cast<std::size_t>(link);
    const double flow = assignment_.flow()[l];
    travel_cost_[l] = game_->travel().value(link, flow);
    total_travel_time_ += flow * travel_cost_[l];
  }
  if (!std::isfinite(total_travel_time_) || !std::isfinite(assignment_.total_cost()))
    throw NumericError("term total_travel_time: not finite; trips or powers are too large");
}

void RoutingMarket::learn(const Movers& movers, int) {
  if (*is_at_rest()) return;
  assignment_.shift(movers, game_->config.rounds);
  for (const Index pair : movers.agents) ++updates_[static_cast<std::size_t>(pair)];
  has_moved_ = true;
}

void RoutingMarket::restore(Index) {
  has_moved_ = true;
  clear({});
  has_moved_ = false;
}

double RoutingMarket::welfare() const {
  return -total_travel_time_ / static_cast<double>(agents());
}

double RoutingMarket::pair_cost(Index pair) const {
  const PathSet& paths = assignment_.paths();
  double sum = 0.0;
  for (Index path = paths.first(pair); path < paths.first(pair + 1); ++path) {
    double cost = 0.0;
    for (const LinkId link : paths.links(path))
      cost += travel_cost_[static_cast<std::size_t>(link)];
    sum += paths.flow(path) * cost;
  }
  return sum;
}

std::span<const double> RoutingMarket::cheapest_travel() {
  if (!is_planner()) return assignment_.cheapest();
  assignment_.cheapest_at(travel_cost_, cheapest_);
  return cheapest_;
}

}  // namespace gbid::routing
