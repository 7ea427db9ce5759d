// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What a regime asks of the market on edges, and what that costs.
#include <algorithm>

#include "scenarios/bid_matrix/sparse/edge_market.hpp"

namespace gbid::bid_matrix::sparse {
namespace {

bool is_recorded(const RegimePlan& plan, const char* name) {
  return plan.records(Recorded::kTrajectory, name) || plan.records(Recorded::kFinal, name);
}

/// Whether R is the column sums divided by a total that never changes.
bool has_fixed_total(const MarketConfig& config, bool is_weighted) {
  return config.ranking.normalise == Normalise::kL1 &&
         (!is_weighted || std::holds_alternative<ConstantArray>(config.alpha));
}

}  // namespace

Demand::Demand(const MarketConfig& config, const RegimePlan& plan) {
  bool pays_weighted = false, has_moving_total = false;
  for (const auto& [name, coefficient] : config.payoff) {
    const bool is_weighted = name == "weighted_ranking",
               is_ranking = is_weighted || name == "ranking";
    pays_utility |= name == "utility";
    pays_emission |= name == "emission";
    pays_ranking |= is_ranking;
    pays_weighted |= is_weighted;
    knows_ranking |= name == "ranking";
    has_moving_total |= is_ranking && !has_fixed_total(config, is_weighted);
  }
  knows_ranking |= is_recorded(plan, "ranking");
  knows_weighted = pays_weighted || is_recorded(plan, "weighted_ranking");
  knows_emission = pays_emission || is_recorded(plan, "emission");
  knows_utility = pays_utility || is_recorded(plan, "utility") || is_recorded(plan, "mean_utility");
  records_gradient = is_recorded(plan, "gradient_path");
  ranks_walks = config.ranking.source == Source::kInterRanking;
  for (const GroupPlan& group : plan.groups) {
    climbs_own |= group.learns && group.objective == Objective::kOwnPayoff;
    knows_utility |= group.objective == Objective::kMeanUtility;
  }
  const Objective objective = plan.group().objective;
  is_planned = plan.groups.size() == 1 && pays_ranking && ranks_walks && !has_moving_total &&
               (objective == Objective::kMeanPayoff || objective == Objective::kGroupPayoff);
}

double EdgeMarket::bytes(const MarketConfig& config, const RegimePlan& plan, double edges) {
  const Demand demand(config, plan);
  const auto agents = static_cast<double>(config.agents);
  const double edge_arrays = 3.0 + moment_count(plan.largest_learner()) +  // raw bids, bids, work
                             demand.has_gradient(plan) + demand.records_gradient;
  double agent_arrays = 4.0 + demand.pays_utility + demand.pays_emission + demand.knows_utility +
                        demand.knows_emission;
  if (std::holds_alternative<ColumnMeanShift>(config.bids.shift)) agent_arrays += 1.0;
  const double rankings = demand.knows_ranking + demand.knows_weighted;
  agent_arrays += (config.ranking.normalise == Normalise::kSoftmax ? 3.0 : 2.0) * rankings;
  if (demand.pays_ranking) agent_arrays += rankings;  // weights
  if (demand.has_walks()) {
    agent_arrays += demand.is_planned ? 7.0 : 3.0;
    agent_arrays += (WalkSolver::bytes(1.0) + WalkSolver::fallback_bytes(1.0)) / sizeof(double);
  }
  if (demand.pays_ranking && !demand.is_planned)
    agent_arrays +=
        (demand.climbs_own ? 1.0 + 2.0 * rankings : 1.0) * (demand.ranks_walks ? 4.0 : 2.0);
  if (demand.climbs_own || demand.knows_emission)
    agent_arrays += ColumnPush::bytes(1.0) / sizeof(double);
  return sizeof(double) * (edges * edge_arrays + agents * agent_arrays);
}

double EdgeMarket::step_flops(const MarketConfig& config, const RegimePlan& plan, double edges) {
  const Demand demand(config, plan);
  const double movers = static_cast<double>(plan.movers_per_step(config.agents)),
               agents = static_cast<double>(config.agents);
  const double each = 150.0;  // exponentials, a learner
  double flops = each * edges * movers / agents;
  constexpr double kProducts = 30.0;  // of the solves, where walks mix
  if (demand.pays_walks()) flops += kProducts * 4.0 * edges;
  // A push passes about b^2 / error edges at most; far fewer where they mix.
  if (demand.pays_walks() && demand.climbs_own)
    flops +=
        movers * 4.0 *
        std::min(edges, edges / agents / std::get<EdgeStorage>(config.storage).push_error * 10.0);
  return flops;
}

}  // namespace gbid::bid_matrix::sparse
