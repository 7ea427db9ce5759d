// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// How trips move from path to path.
#include <algorithm>
#include <cmath>

#include "scenarios/routing/assignment.hpp"

namespace gbid::routing {
namespace {

// A shift that overshoots is drawn back to the root of its chord, until the paths differ by at most
// half of what they did. Convex costs need one or two.
constexpr int kMostDrawBacks = 30;
// A joint step costs as much as several rounds, and needs them to find which paths are in use.
constexpr Index kRoundsOfJointStep = 5;

}  // namespace

void Assignment::shift(const Movers& movers, Index rounds) {
  take_in_found(movers);
  for (Index round = 1; round <= rounds; ++round) {
    for (const Index pair : movers.agents) shift_pair(pair);
    if (round % kRoundsOfJointStep == 0) joint_step(movers);
  }
}

/// Leaves out paths without trips, and adds the movers' new ones.
void Assignment::take_in_found(const Movers& movers) {
  next_paths_.clear();
  std::size_t next_mover = 0;
  for (Index origin = 0; origin < network_->origin_count(); ++origin)
    for (Index pair = network_->first_pair(origin); pair < network_->first_pair(origin + 1);
         ++pair) {
      const auto k = static_cast<std::size_t>(pair);
      for (Index path = paths_.first(pair); path < paths_.first(pair + 1); ++path)
        if (paths_.flow(path) > 0.0) next_paths_.add(paths_.links(path), paths_.flow(path));
      const bool is_mover = next_mover < movers.agents.size() && movers.agents[next_mover] == pair;
      next_mover += is_mover;
      const auto [begin, end] = found_range_[k];
      if (is_mover && begin < end)
        next_paths_.add(
            std::span(found_[static_cast<std::size_t>(origin)])
                .subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)),
            0.0);
      next_paths_.end_pair();
      next_paths_.settle_last_pair(network_->pairs()[k].trips);
    }
  paths_.swap(next_paths_);
}

void Assignment::shift_pair(Index pair) {
  const Index first = paths_.first(pair), last = paths_.first(pair + 1);
  if (last - first < 2) return;
  Index cheapest = first;
  double lowest = 0.0;
  for (Index path = first; path < last; ++path) {
    double cost = 0.0;
    for (const LinkId link : paths_.links(path)) cost += cost_[static_cast<std::size_t>(link)];
    if (path == first || cost < lowest) {
      cheapest = path;
      lowest = cost;
    }
  }
  mark(cheapest, on_cheapest_);
  const Index mark_of_cheapest = mark_;
  for (Index path = first; path < last; ++path) {
    if (path == cheapest) continue;
    mark(path, on_path_);
    marks_ = {mark_, mark_of_cheapest};
    shift_between(path, cheapest);
  }
}

void Assignment::shift_between(Index path, Index cheapest) {
  const Latencies::Point before = difference(path, cheapest);
  if (before.value == 0.0) return;
  const double most = paths_.flow(path), least = -paths_.flow(cheapest);
  if (before.value > 0.0 ? most == 0.0 : least == 0.0) return;
  // 1. A gradient step, scaled by the curvature; all of it where costs do not depend on flow.
  double amount = before.slope > 0.0   ? std::clamp(before.value / before.slope, least, most)
                  : before.value > 0.0 ? most
                                       : least;
  move(path, cheapest, amount);
  // 2. Back where it went too far.
  double moved = amount;
  for (int k = 0; k < kMostDrawBacks; ++k) {
    const double after = difference(path, cheapest).value;
    const bool is_far =
        (after > 0.0) != (before.value > 0.0) && std::fabs(after) > 0.5 * std::fabs(before.value);
    if (!is_far) break;
    const double wanted = moved * before.value / (before.value - after);
    move(path, cheapest, wanted - moved);
    moved = wanted;
  }
}

Latencies::Point Assignment::difference(Index path, Index cheapest) const {
  Latencies::Point sum;
  for (const LinkId link : paths_.links(path)) {
    const auto l = static_cast<std::size_t>(link);
    if (on_cheapest_[l] == marks_.cheapest) continue;
    sum.value += cost_[l];
    sum.slope += slope_[l];
  }
  double other = 0.0;
  for (const LinkId link : paths_.links(cheapest)) {
    const auto l = static_cast<std::size_t>(link);
    if (on_path_[l] == marks_.path) continue;
    other += cost_[l];
    sum.slope += slope_[l];
  }
  sum.value -= other;
  return sum;
}

void Assignment::move(Index path, Index cheapest, double amount) {
  const auto add = [&](LinkId link, double trips) {
    const auto l = static_cast<std::size_t>(link);
    flow_[l] = std::max(0.0, flow_[l] + trips);  // rounding may end just below
    const Latencies::Point point = latencies_.at(link, flow_[l]);
    cost_[l] = point.value;
    slope_[l] = point.slope;
  };
  for (const LinkId link : paths_.links(path))
    if (on_cheapest_[static_cast<std::size_t>(link)] != marks_.cheapest) add(link, -amount);
  for (const LinkId link : paths_.links(cheapest))
    if (on_path_[static_cast<std::size_t>(link)] != marks_.path) add(link, amount);
  paths_.flow(path) = std::max(0.0, paths_.flow(path) - amount);
  paths_.flow(cheapest) = std::max(0.0, paths_.flow(cheapest) + amount);
}

void Assignment::mark(Index path, std::vector<Index>& marks) {
  ++mark_;
  for (const LinkId link : paths_.links(path)) marks[static_cast<std::size_t>(link)] = mark_;
}

}  // namespace gbid::routing
