// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What can be recorded of the bid-matrix market on edges.
#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/stepping/blocks.hpp"
#include "scenarios/bid_matrix/bids.hpp"
#include "scenarios/bid_matrix/scratch.hpp"
#include "scenarios/bid_matrix/sparse/edge_market.hpp"
#include "scenarios/bid_matrix/terms/registry.hpp"

namespace gbid::bid_matrix::sparse {
namespace {

// The name in [record] final that brings whose the bids are as well.
constexpr const char* kBidsArrays = "bids";

}  // namespace

const std::vector<ArrayRow<EdgeMarket>>& EdgeMarket::arrays() {
  using M = EdgeMarket;
  const std::vector<std::string> each{"agent"}, edge{"edge"};
  const auto number = [&](Variable variable, double (*value)(const M&)) {
    return derived<M>({std::move(variable), Role::kDerived, Recorded::kTrajectory},
                      [value](M& m, double* out) {
                        *out = value(m);
                        return out + 1;
                      });
  };
  const auto of_agents = [&](Variable variable, double (*value)(const M&, Index)) {
    return derived<M>({std::move(variable), Role::kDerived, Recorded::kTrajectory},
                      [value](M& m, double* out) {
                        for (Index i = 0; i < m.n_; ++i) *out++ = value(m, i);
                        return out;
                      });
  };
  const auto of_term = [&](const char* name, double (*value)(const M&, Index)) {
    const TermEntry& term = term_entry(name);
    return of_agents({term.name, term.long_name, term.units, each}, value);
  };
  const auto of_edges = [&](Recorded when, Variable variable, double* (*write)(M&, double*),
                            const std::string& group = "") {
    return derived<M>({std::move(variable), Role::kDerived, when, group}, write);
  };
  const auto copy_raw = [](M& m, double* out) { return m.copy_edges(m.raw_.data(), out); };
  const auto copy_bids = [](M& m, double* out) { return m.copy_edges(m.bids_.data(), out); };
  const auto copy_masks = [](M& m, double* out) {
    const Scratch rows = m.scratch();
    double* at = out;
    for (Index i = 0; i < m.n_; ++i) {
      m.look(i, rows);
      at = std::copy_n(rows.mask, m.graph().bids_of(i), at);
    }
    std::fill(at, out + m.edge_room_, std::numeric_limits<double>::quiet_NaN());
    return out + m.edge_room_;
  };
  const auto of_pushes = [](const Variable& variable, double (*value)(const M&)) {
    return derived<M>({variable, Role::kDerived, Recorded::kFinal, kPushErrorArrays},
                      [value](M& m, double* out) {
                        *out = value(m);
                        return out + 1;
                      });
  };
  const auto trajectory = Recorded::kTrajectory, final = Recorded::kFinal;
  static const std::vector<ArrayRow<M>> rows{
      number({"welfare", "mean payoff over agents", "payoff", {}},
             [](const M& m) { return m.welfare_; }),
      number({"mean_utility", "mean utility over agents", "payoff", {}},
             [](const M& m) { return m.mean_utility_; }),
      number({"mask_density", "share of bids whose mask is not zero", "1", {}},
             [](const M& m) { return m.mask_density_; }),
      number({"dead_gradient_share", "share of bids whose mask has zero gradient", "1", {}},
             [](const M& m) { return m.dead_gradient_share_; }),
      of_agents({"payoff", "payoff", "payoff", each},
                [](const M& m, Index i) { return m.payoff(i); }),
      of_agents({"self_bid", "bid on itself", "1", each},
                [](const M& m, Index i) { return m.self_[i]; }),
      of_agents({"price", "mean bid of all agents on this one", "1", each},
                [](const M& m, Index i) { return m.price(i); }),
      of_term("utility", [](const M& m, Index i) { return m.utility_[i]; }),
      of_term("emission", [](const M& m, Index i) { return m.emission_[i]; }),
      of_term("ranking", [](const M& m,
                            Index i) { return m.ranking_->values()[static_cast<std::size_t>(i)]; }),
      of_term(
          "weighted_ranking",
          [](const M& m, Index i) { return m.weighted_->values()[static_cast<std::size_t>(i)]; }),
      of_edges(trajectory, {"raw_bid_path", "raw bids, before squashing, along the way", "1", edge},
               copy_raw),
      of_edges(trajectory, {"bid_path", "bids along the way: an agent's sum to one", "1", edge},
               copy_bids),
      of_edges(trajectory, {"mask_path", "mask along the way", "1", edge}, copy_masks),
      of_edges(trajectory,
               {"gradient_path",
                "d objective / d raw bids that the update before this record followed; NaN of "
                "agents that did not move",
                "payoff", edge},
               [](M& m, double* out) { return m.copy_edges(m.last_gradient_.data(), out); }),
      of_edges(final, {"raw_bids", "raw bids, before squashing", "1", edge}, copy_raw),
      of_edges(final, {"bids", "bids: an agent's sum to one", "1", edge}, copy_bids),
      of_edges(final, {"mask", "mask: how much of the target's signal is bought", "1", edge},
               copy_masks),
      of_edges(
          final, {"source", "agent that bids", "1", edge},
          [](M& m, double* out) {
            double* at = out;
            for (Index i = 0; i < m.n_; ++i)
              at = std::fill_n(at, m.graph().bids_of(i), static_cast<double>(i));
            std::fill(at, out + m.edge_room_, std::numeric_limits<double>::quiet_NaN());
            return out + m.edge_room_;
          },
          kBidsArrays),
      of_edges(
          final, {"target", "agent that is bid on", "1", edge},
          [](M& m, double* out) {
            double* const end = std::copy(m.graph().target.begin(), m.graph().target.end(), out);
            std::fill(end, out + m.edge_room_, std::numeric_limits<double>::quiet_NaN());
            return out + m.edge_room_;
          },
          kBidsArrays),
      of_pushes(push_error_variables()[0], [](const M& m) { return m.push_entry_error_; }),
      of_pushes(push_error_variables()[1], [](const M& m) { return m.push_square_error_; }),
  };
  return rows;
}

double* EdgeMarket::copy_edges(const double* values, double* out) const {
  double* const end = std::copy_n(values, edges_, out);
  std::fill(end, out + edge_room_, std::numeric_limits<double>::quiet_NaN());
  return out + edge_room_;
}

void EdgeMarket::measure() {
  // 1. Rankings.
  if (demand_.has_walks()) require_walks();
  if (ranking_ || weighted_) {
    const Columns state = columns();
    if (ranking_) ranking_->prepare(state);
    if (weighted_) weighted_->prepare(state);
  }
  // 2. Masks and utilities, and counts per block of agents.
  for_blocks(n_, kEdgeRows, [&](Index block, Index begin, Index end) {
    const Scratch rows = scratch();
    double alive = 0.0, dead = 0.0;
    for (Index i = begin; i < end; ++i) {
      look(i, rows);
      const Index count = graph().bids_of(i);
      double utility = 0.0;
      for (Index k = 0; k < count; ++k) {
        if (demand_.knows_utility) utility += rows.contribution[k] * rows.mask[k];
        alive += rows.mask[k] != 0.0;
        dead += rows.slope[k] == 0.0;
      }
      if (demand_.knows_utility)
        utility_[i] = utility * game_->numbers.factor(config_.utility.scale, i);
    }
    slots_[static_cast<std::size_t>(block * kEdgeSlot)] = alive;
    slots_[static_cast<std::size_t>(block * kEdgeSlot + 1)] = dead;
  });
  mask_density_ = sum_slots(0) / static_cast<double>(edges_);
  dead_gradient_share_ = sum_slots(1) / static_cast<double>(edges_);
  mean_utility_ = 0.0;
  const double share = 1.0 / static_cast<double>(n_);
  for (Index i = 0; demand_.knows_utility && i < n_; ++i) mean_utility_ += utility_[i] * share;
  // 3. Emissions, by one push an agent.
  if (!demand_.knows_emission) return;
  order_by_column();
  const Walks all = walks();
  for_blocks(n_, kPushRows, [&](Index, Index begin, Index end) {
    ColumnPush& push = ColumnPush::of_thread();
    for (Index i = begin; i < end; ++i) {
      push.run(all, i, storage_.push_error);
      emission_[i] = push.at(i) / row_sum(i) * self_[i];
    }
  });
}

double EdgeMarket::payoff(Index agent) const {
  double total = 0.0;
  if (demand_.pays_utility) total += utility_weights_[agent] * utility_[agent];
  if (demand_.pays_emission) total += emission_weights_[agent] * emission_[agent];
  for (const Paid& paid : paid_)
    total += paid.weights[agent] * paid.ranking->values()[static_cast<std::size_t>(agent)];
  return total;
}

/// What pushes of a sample of agents are off by, against solves for the same columns of B.
void EdgeMarket::measure_pushes() {
  constexpr Index kSample = 8;
  push_entry_error_ = push_square_error_ = 0.0;
  require_walks();
  order_by_column();
  solver_->take(self_.data(), bids_.data(), work_.data());
  const Walks all = walks();
  ColumnPush push;
  AlignedBuffer unit(2 * n_), exact(2 * n_);
  for (Index first = 0; first < kSample; first += 2) {
    const Index agents[] = {first * n_ / kSample, (first + 1) * n_ / kSample};
    std::fill_n(unit.data(), 2 * n_, 0.0);
    std::fill_n(exact.data(), 2 * n_, 0.0);
    for (Index k : {0, 1}) unit[2 * agents[k] + k] = 1.0;
    solver_->solve<2>(unit.data(), exact.data());
    for (Index k : {0, 1}) {
      push.run(all, agents[k], storage_.push_error);
      double squares = 0.0;
      for (Index i = 0; i < n_; ++i) {
        const double entry = exact[2 * i + k], visits = entry / row_sum(i);
        push_entry_error_ = std::max(push_entry_error_, std::fabs(push.at(i) - entry));
        squares += visits * visits;
      }
      push_square_error_ = std::max(push_square_error_, std::fabs(push.squares() / squares - 1.0));
    }
  }
}

void EdgeMarket::derive(Index, Recorded when) {
  if (when == Recorded::kFinal) {
    if (plan_.records(Recorded::kFinal, kPushErrorArrays) && demand_.climbs_own &&
        demand_.pays_walks())
      measure_pushes();
    return;
  }
  measure();
  welfare_ = 0.0;
  for (Index i = 0; i < n_; ++i) welfare_ += payoff(i);
  welfare_ /= static_cast<double>(n_);
}

}  // namespace gbid::bid_matrix::sparse
