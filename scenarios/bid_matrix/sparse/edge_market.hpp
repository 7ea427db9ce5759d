// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "scenarios/bid_matrix/sparse/column_push.hpp"
#include "scenarios/bid_matrix/sparse/edge_game.hpp"
#include "scenarios/bid_matrix/sparse/walk_solver.hpp"
#include "scenarios/bid_matrix/terms/ranking.hpp"
#include "scenarios/structure/planned_market.hpp"

namespace gbid::bid_matrix::sparse {

/// What a regime asks of the market on edges, from the configuration alone.
struct Demand {
  /// Terms that can be paid; a market that pays another is refused.
  static constexpr std::string_view kTerms[] = {"utility", "emission", "ranking",
                                                "weighted_ranking"};

  Demand(const MarketConfig& config, const RegimePlan& plan);

  bool pays_utility = false, pays_emission = false, pays_ranking = false;
  bool knows_ranking = false, knows_weighted = false;  ///< paid or recorded
  bool knows_emission = false, knows_utility = false;
  bool records_gradient = false;
  bool ranks_walks = false;  ///< rankings are column sums of the inter-ranking, not of the bids
  bool climbs_own = false;   ///< some group climbs own payoffs
  /// One group climbs a common payoff: its solves are made side by side with those of the ranking
  /// itself, where the ranking is the column sums divided by a total that never changes.
  bool is_planned = false;

  /// Gradients lie apart from W by columns, which pushes read while other agents' gradients are
  /// written, and several groups' solves one after the other.
  bool has_gradient(const RegimePlan& plan) const {
    return plan.groups.size() > 1 || (climbs_own && pays_walks());
  }
  /// The walks are solved for at every step.
  bool pays_walks() const { return pays_emission || (pays_ranking && ranks_walks); }
  bool has_walks() const {
    return pays_walks() || knows_emission || ((knows_ranking || knows_weighted) && ranks_walks);
  }
};

/// The bid-matrix market of BidMatrixGame where only the bids that exist are held: one number an edge,
/// no matrix. Agents are tables, so that raw bids are their parameters. The rules are the same; what of the
/// inter-ranking is needed comes from solves (WalkSolver) and from pushes (ColumnPush), see
/// edge_gradients.cpp. Nothing allocates in a step but what its first use sets aside.
class EdgeMarket final : public PlannedMarket {
 public:
  /// @param edge_room length of recorded arrays of edges, at least the edges of the graph; NaN behind
  /// the last.
  /// @param start fills the raw bids (edges).
  EdgeMarket(const MarketConfig& config, std::shared_ptr<const EdgeGame> game,
             const RegimePlan& plan, Index edge_room,
             const std::function<void(std::span<double>)>& start);

  Index agents() const override { return n_; }
  void observe(Index, const Movers&) override { is_new_step_ = true; }
  void bid(const Movers&) override {}  // tables are bids
  void clear(const Movers& moved) override;
  void differentiate(const Movers& movers) override;
  void learn(const Movers& movers, int phase) override;
  void derive(Index step, Recorded when) override;
  void restore(Index step) override;
  void reset_learners() override;
  /// @throws NumericError always: best responses are not searched for on edges.
  Certificate certify() override;

  const EdgeGraph& graph() const { return *game_->graph; }
  /// (edges)
  AlignedBuffer& raw_bids() { return raw_; }
  /// d objective / d raw bids of those that moved last (edges).
  const AlignedBuffer& gradient() const { return own_gradient_.size() > 0 ? own_gradient_ : work_; }
  /// Products of the walk solver so far.
  Index products() const { return solver_ ? solver_->products() : 0; }

  /// Everything that can be recorded.
  static const std::vector<ArrayRow<EdgeMarket>>& arrays();
  /// Bytes that a trial sets aside, its game apart.
  static double bytes(const MarketConfig& config, const RegimePlan& plan, double edges);
  /// Floating-point operations of a step, to within a factor of a few.
  static double step_flops(const MarketConfig& config, const RegimePlan& plan, double edges);

 private:
  struct Paid {  // a ranking that is paid
    Ranking* ranking;
    AlignedBuffer weights;  // (agents)
  };
  struct Scratch;  // rows of one agent

  // edge_market.cpp: clearing and learning
  Scratch scratch() const;
  AlignedBuffer weights_of(const char* term) const;
  double take_bids(Index agent, const Scratch& rows);
  void take_all_bids();
  void sum_bids();
  void order_by_column();
  double price(Index agent) const { return bid_sums_[agent] * graph().bidder_share(agent); }
  void look(Index agent, const Scratch& rows) const;
  void start_walks();
  void solve_walks();
  void require_walks();
  void sum_walks();
  double sum_slots(Index k) const;
  Walks walks() const;
  Columns columns();
  void note_gradient(const Movers& movers);

  // edge_gradients.cpp
  void split_rankings(const Aim& aim);
  void solve_shared();
  void climb_utility(const Aim& aim, Index agent, const Scratch& rows, double* out) const;
  void climb_all_utilities(const Aim& aim);
  void climb_rankings(Index agent, bool is_own, const ColumnPush* push, double* gradient) const;
  void climb_emission(Index agent, const ColumnPush& push, double* gradient) const;
  void finish_gradient(Index agent, const Scratch& rows, double* out) const;
  double share(const Aim& aim, Index agent) const;

  // edge_records.cpp
  void measure();
  void measure_pushes();
  double payoff(Index agent) const;
  double* copy_edges(const double* values, double* out) const;

  double row_sum(Index agent) const { return row_sums_[width_ * agent]; }
  double visit_sum(Index agent) const { return visit_sums_[width_ * agent]; }
  AlignedBuffer& gradient() { return own_gradient_.size() > 0 ? own_gradient_ : work_; }

  MarketConfig config_;
  EdgeStorage storage_;
  std::shared_ptr<const EdgeGame> game_;
  Demand demand_;
  Index n_, edges_, edge_room_, row_stride_;
  Index width_;  // right-hand sides that are solved for side by side
  bool shift_moves_;

  AlignedBuffer raw_, bids_;            // (edges)
  std::vector<AlignedBuffer> moments_;  // (edges)
  AlignedBuffer work_;                  // (edges) W by columns, then gradients: see order_by_column
  AlignedBuffer
      own_gradient_;  // (edges), where W by columns is still needed or groups learn at once
  AlignedBuffer last_gradient_;  // (edges), where recorded; NaN of agents that did not move
  std::vector<Index> updates_;   // (agents)
  AlignedBuffer totals_, bid_sums_, self_;  // (agents) S_i, column sums and diagonal of W
  Index rows_since_sums_ = 0;
  bool is_by_column_ = false, is_new_step_ = false, is_new_update_ = false;

  // (agents x width) b = B 1 and c = B'(1/b); where the regime is planned, beside them p = B d and
  // q = B'(p / b^2), d = d objective / dc.
  AlignedBuffer row_sums_, visit_sums_, rhs_;
  AlignedBuffer planned_;  // (agents) d
  std::optional<WalkSolver> solver_;
  bool walks_are_current_ = false;
  double walks_total_ = 0.0, walks_squares_ = 0.0;  // sums of 1 / b and 1 / b^2

  std::optional<Ranking> ranking_, weighted_;
  std::vector<Paid> paid_;
  AlignedBuffer utility_weights_, emission_weights_;  // (agents), where paid
  // d P_i / dc = own_i e_i + sum_s share_si shared_s; for each s also B shared_s and B'(that / b^2).
  AlignedBuffer own_;
  PaddedMatrix shared_, shares_, rows_of_shared_, columns_of_shared_;
  AlignedBuffer feedback_;  // (agents) what all bids on an agent lose by its price

  std::vector<double> slots_;  // what blocks of agents leave behind
  AlignedBuffer utility_, emission_;
  double push_entry_error_ = 0.0, push_square_error_ = 0.0;
  double welfare_ = 0.0, mean_utility_ = 0.0, mask_density_ = 0.0, dead_gradient_share_ = 0.0;
};

/// Rows of one agent, padded.
struct EdgeMarket::Scratch {
  double *raw, *bids, *shift, *mask, *slope, *contribution, *gradient;
};

/// Agents that one task works on, and one that pushes.
inline constexpr Index kEdgeRows = 1024, kPushRows = 64;
/// Numbers that a task leaves behind.
inline constexpr Index kEdgeSlot = 4;

}  // namespace gbid::bid_matrix::sparse
