// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/random/stream.hpp"
#include "engine/simulation/market.hpp"
#include "scenarios/routing/assignment.hpp"
#include "scenarios/structure/recordables.hpp"
#include "scenarios/structure/regime.hpp"

namespace gbid::routing {

/// The network, what links cost who uses them and what they cost all. Immutable, shared.
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
/// Under own_payoff every traveller takes the path that is cheapest for itself and nobody weighs
/// its own congestion (Wardrop's first principle); under mean_payoff the marginal costs t + x t'
/// take the place of the costs t (his second). A step is one search for new paths and `rounds`
/// shifts by the projected, curvature-scaled gradient, see Assignment: no rate, no learner. Once
/// the relative gap of the regime's own costs is at most `gap`, trips rest: a run has settled.
/// Source: Wardrop, 1952; Roughgarden and Tardos, "How bad is selfish routing?", 2002.
class RoutingMarket final : public Market {
 public:
  /// @param key seed and trial, for random starts.
  RoutingMarket(std::shared_ptr<const Game> game, const RegimePlan& plan, const StreamKey& key);

  Index agents() const override { return game_->network->pair_count(); }
  const std::vector<Index>& updates() const override { return updates_; }
  void clear(const Movers& changed) override;
  void climb(Index step, const Movers& movers) override;
  void record(Index step, std::span<double> out) override;
  double welfare() const override;
  std::optional<bool> is_at_rest() const override {
    return assignment_.relative_gap() <= game_->config.gap;
  }
  void record_final(std::span<double> out) override;

  const Assignment& assignment() const { return assignment_; }
  /// Total travel time: sum over links of flow x t(flow).
  double total_travel_time() const { return total_travel_time_; }

 private:
  bool is_planner() const;
  double scalar(const std::string& name) const;
  /// What a pair's trips take in all.
  double pair_cost(Index pair) const;
  double* copy_variable(const std::string& name, double* out);
  double* copy_final(const std::string& name, double* out);
  double* copy_certificate(double* out);
  /// (pair) travel cost of the cheapest path.
  std::span<const double> cheapest_travel();

  std::shared_ptr<const Game> game_;
  RegimePlan plan_;
  Assignment assignment_;
  std::vector<Index> updates_;       // (pair)
  std::vector<double> travel_cost_;  // (link) t(flow)
  std::vector<double> cheapest_;     // (pair)
  double total_travel_time_ = 0.0;
  bool has_moved_ = true;
};

std::vector<Dimension> dimensions(const RoadNetwork& network);
std::vector<Variable> trajectory_variables();
std::vector<Variable> final_variables(const std::string& name);
Recordables recordables();

}  // namespace gbid::routing
