// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/random/stream.hpp"
#include "scenarios/routing/assignment.hpp"
#include "scenarios/structure/planned_market.hpp"
#include "scenarios/structure/recordables.hpp"

namespace gbid::routing {

/// The network, the costs of its links to a traveller and to all. Immutable, shared.
struct Game {
  MarketConfig config;
  std::shared_ptr<const RoadNetwork> network;
  Latencies marginal;

  const Latencies& travel() const { return network->latencies(); }
};

/// Selfish routing: agents are origin-destination pairs, each a population of travellers without
/// number that splits its trips over paths.
///
///   payoff of a pair = - sum over its paths of flow x cost      (what its trips take in all)
///   welfare          = mean payoff = - (total travel time) / pairs
///
/// Under own_payoff every traveller takes the path that is cheapest for itself and no traveller counts
/// its own congestion (Wardrop's first principle); under mean_payoff the marginal costs t + x t'
/// take the place of the costs t (his second). A step is one search for new paths and `rounds`
/// shifts by the projected, curvature-scaled gradient, see Assignment: no rate, no learner. Once
/// the relative gap of the regime's own costs is at most `gap`, trips rest: a run has settled.
/// Source: Wardrop, 1952; Roughgarden and Tardos, "How bad is selfish routing?", 2002.
class RoutingMarket final : public PlannedMarket {
 public:
  /// @param key seed and trial, for random starts.
  RoutingMarket(std::shared_ptr<const Game> game, const RegimePlan& plan, const StreamKey& key);

  Index agents() const override { return game_->network->pair_count(); }
  /// Trips see the costs of links as last cleared, and bid by being where they are.
  void observe(Index, const Movers&) override {}
  void bid(const Movers&) override {}
  void clear(const Movers& movers) override;
  /// A shift differentiates and learns link by link, see Assignment.
  void differentiate(const Movers&) override {}
  void learn(const Movers& movers, int phase) override;
  void derive(Index step, Recorded when) override;
  void restore(Index step) override;
  std::optional<bool> is_at_rest() const override {
    return assignment_.relative_gap() <= game_->config.gap;
  }
  Certificate certify() override;

  static const std::vector<ArrayRow<RoutingMarket>>& arrays();

  const Assignment& assignment() const { return assignment_; }
  double welfare() const;
  /// Total travel time: sum over links of flow x t(flow).
  double total_travel_time() const { return total_travel_time_; }

 private:
  bool is_planner() const;
  /// What a pair's trips take in all.
  double pair_cost(Index pair) const;
  /// (pair) travel cost of the cheapest path.
  std::span<const double> cheapest_travel();

  std::shared_ptr<const Game> game_;
  Assignment assignment_;
  std::vector<Index> updates_;       // (pair)
  std::vector<double> travel_cost_;  // (link) t(flow)
  std::vector<double> cheapest_;     // (pair)
  double total_travel_time_ = 0.0;
  bool has_moved_ = true;
};

std::vector<Dimension> dimensions(const RoadNetwork& network);
Recordables recordables();

}  // namespace gbid::routing
