// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "engine/math/lanes.hpp"
#include "scenarios/bid_matrix/interranking.hpp"

namespace gbid::bid_matrix {

/// The inter-rankings of eight trials; see InterRanking, whose bits every lane has, and whose
/// decisions when to invert afresh. At most kSmallProduct agents.
class LaneInterRanking {
 public:
  explicit LaneInterRanking(Index agents);

  /// Inverts afresh in these lanes. @param singular per lane an agent whose row is singular, or -1.
  void refresh(const WideBuffer& bids, LaneSet lanes,
               std::array<Index, static_cast<std::size_t>(kWideLanes)>& singular);
  /// Takes over the rows of one agent a trial, the only ones that changed.
  /// @return the lanes of `lanes` that must be made afresh.
  LaneSet replace_row(const WideBuffer& bids, const LaneAgents& agents, LaneSet lanes);
  /// Counts rows that are about to be replaced. @return the lanes whose inverse is old.
  LaneSet count_updates(Index rows, LaneSet lanes);
  /// Lanes in which B w = 1 no longer holds at the agents' rows.
  LaneSet broken(const WideBuffer& bids, const LaneAgents& agents, LaneSet lanes) const;

  /// Q_k. of the agents.
  void visits_row(const LaneAgents& agents, WideInMemory* out) const;
  /// For every row j: B_j . p, B_j . q and B_jk; carries a pending update out.
  void products(const LaneAgents& agents, const WideInMemory* p, const WideInMemory* q);
  const WideInMemory* dot_p() const { return dot_p_.data(); }
  const WideInMemory* dot_q() const { return dot_q_.data(); }
  const WideInMemory* column() const { return column_.data(); }

  void apply_pending();
  /// B; a pending update must have been carried out.
  const WideBuffer& inverse() const { return inverse_; }
  const WideInMemory* row_sums() const { return row_sums_.data(); }
  const WideInMemory* reciprocal_row_sums() const { return reciprocal_.data(); }
  const WideInMemory* visit_column_sums() const { return visit_column_sums_.data(); }

  /// A lane's state as that of a trial by itself, and the inverse.
  void give(Index lane, InterRanking& to) const;
  void take(Index lane, const InterRanking& from);

 private:
  Index n_;
  WideBuffer inverse_, row_sums_, reciprocal_, visit_column_sums_;
  // The pending update B += alpha v^T; zero in lanes that have none.
  bool is_pending_ = false;
  WideBuffer alpha_, v_;
  WideBuffer weights_, dot_p_, dot_q_, column_, spare_row_;
  LaneAgents column_agents_;
  bool has_column_ = false;  // of column_agents_
  WideBuffer fresh_, slack_, pivots_;
  std::array<Index, static_cast<std::size_t>(kWideLanes)> updates_since_refresh_{}, refreshes_{};
};

}  // namespace gbid::bid_matrix
