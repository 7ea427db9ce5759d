// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "scenarios/bid_matrix/game.hpp"
#include "scenarios/bid_matrix/interranking.hpp"
#include "scenarios/bid_matrix/term.hpp"
#include "scenarios/bid_matrix/terms/ranking.hpp"
#include "scenarios/bid_matrix/terms/registry.hpp"
#include "scenarios/bidding/bid_game.hpp"
#include "scenarios/structure/recordables.hpp"

namespace gbid::bid_matrix {

/// Agents that bid for each other: row W_i of the bid matrix is how agent i spreads its bid of one
/// over all agents.
///   W_ij = s_ij / sum_k |s_ik|,   M_ij = mask(W_ij - shift_j),   P_i = sum of coefficient x term_i
/// On a graph that is not complete, a_ij is 1 where i may bid on j (always on itself), 0 elsewhere:
///   s_ij = a_ij squash(raw_ij),   M_ij = a_ij mask(W_ij - shift_j)
/// and all means are over bids that exist: shift_j = 1 / (bids of j) for the mean of a row,
/// sum_i W_ij / (bidders on j) for the mean of a column, which is the price. The raw bids of bids
/// that do not exist have gradient zero and never move.
/// Gradients of own payoffs and of the common payoff are closed forms over all terms at once; see
/// `gradients.cpp`.
class BidMatrixGame final : public BidGame {
 public:
  /// @param terms that a payoff may be made of; others than those registered in tests only.
  BidMatrixGame(const MarketConfig& config, std::shared_ptr<const Game> game, GameUse use,
                std::span<const TermEntry> terms = term_registry());
  ~BidMatrixGame() override;

  Index agents() const override { return n_; }
  Index bids_per_agent() const override { return n_; }
  Index observation_size(Observation channel) const override {
    return observation_size(channel, n_);
  }
  static Index observation_size(Observation, Index agents);
  void observe(Index agent, Observation, std::span<double> out) const override;
  PaddedMatrix& raw_bids() override { return raw_; }
  void clear(const Movers& moved) override;
  void differentiate(const Aim& aim, const Movers& movers, PaddedMatrix& gradient) override;
  double own_payoff(Index agent) override;
  double payoff_if(Index agent, std::span<const double> raw) override;
  double payoff_of_shares(Index agent, std::span<const double> shares) override;
  std::vector<Index> share_choices(Index agent) override;
  void shares(Index agent, std::span<double> out) override;
  void raw_of_shares(Index agent, std::span<const double> shares, std::span<double> raw) override;
  void share_gradient(Index agent, std::span<double> gradient) override;
  std::vector<double> share_corners(Index agent, Index choice) override;
  double payoff_bound(Index agent, const PaddedMatrix& corners) override;
  double squared_residual(Index agent, std::span<const double> gradient) override;
  double welfare() const override { return welfare_; }
  void declare(State& state) override;
  void derive(Recorded when) override;
  void restore() override;

  /// Everything that can be recorded of this market.
  static const std::vector<ArrayRow<BidMatrixGame>>& arrays();
  static Recordables recordables();

  /// Bytes that a run with this use sets aside, the game apart.
  static double estimated_bytes(const MarketConfig& config, const GameUse& use);
  /// Floating-point operations of a step, to within a factor of two.
  static double step_flops(const MarketConfig& config, const GameUse& use);

 private:
  friend class BidMatrixLanes;  // steps the games of several trials at once
  friend class BidMatrixCard;   // the same on a device
  struct Item {                 // one summand of the payoff
    const TermEntry* entry;
    Term* term;
    bool is_softmax, is_utility;
    Coefficient coefficient;
    AlignedBuffer weights;  // (n) weight of the term in each agent's payoff
    AlignedBuffer scaled;   // (n) the weights of the gradient that is being computed
  };
  struct Scratch;   // rows of one block of agents
  struct Measured;  // one recorded quantity, a value per agent

  // bid_matrix_market.cpp: clearing
  void take_bids(Index agent);
  void set_means();
  /// 1 where the agent's bids exist, 0 where not (n, padded); null: all exist.
  const double* allowed(Index agent) const {
    return game_->graph ? game_->graph->allowed.row(agent) : nullptr;
  }
  void sum_bids();
  void update_shift();
  double constant_shift(Index counterpart) const;
  void require_interranking();
  void prepare_terms();
  void show();
  Columns columns() const;
  Scratch scratch(Index block);
  Row look(Index agent, const Scratch&, bool with_visits) const;
  bool wants_every_row(const Aim&, const Movers&) const;

  // gradients.cpp
  void own_gradient_row(Index agent, double* out);
  void own_gradients(PaddedMatrix& out);
  void common_gradient(const Aim&, PaddedMatrix& out);
  void weighted_gradient(PaddedMatrix& out);
  void back_through_interranking(PaddedMatrix& out);
  void subtract_softmax_feedback(const Item&, PaddedMatrix& out);
  void softmax_values(const Item&, double* out);
  void add_item_partials(const Columns&, const Row&, const Partials&) const;
  void finish_gradient(Index agent, double* gradient);

  // deviations.cpp
  double share_slope(Index agent, Index counterpart) const;
  bool is_general() const;
  enum RowAhead {
    kBidsAhead,
    kSumsAhead,
    kShiftAhead,
    kVisitsAhead,
    kVisitSumsAhead,
    kRawAhead,
    kRowsAhead
  };
  double* row_ahead(int which);
  std::optional<double> payoff_ahead(Index agent);

  // bounds.cpp
  bool bound_visits(Index agent, const PaddedMatrix& corners, PaddedMatrix& low,
                    PaddedMatrix& high) const;

  // records.cpp
  void measure();
  double payoff(Index agent) const;
  double mean_utility() const;
  const Measured* measured(const TermEntry& entry) const;
  double* copy_rows(double* out, bool of_masks);

  MarketConfig config_;
  std::shared_ptr<const Game> game_;
  GameUse use_;
  bool observes_rankings_ = false, observes_payoff_ = false;
  Index n_, stride_;

  std::vector<std::unique_ptr<Term>> terms_;  // in the order of the registry
  std::optional<Ranking> seen_ranking_;       // what agents observe, where they do
  std::vector<Item> items_;
  std::vector<Measured> measured_;
  bool price_needs_interranking_ = false;
  bool record_needs_interranking_ = false;
  bool shift_moves_ = false;      // with the bids
  bool has_every_row_ = false;    // room for gradients of every row
  AlignedBuffer row_mean_;        // (n) 1 / bids of j
  AlignedBuffer bidder_share_;    // (n) 1 / bidders on j
  AlignedBuffer shift_feedback_;  // (n) 1 - d shift_j / d W_ij
  bool has_cleared_ = false;
  bool interranking_is_current_ = false;
  bool terms_are_prepared_ = false;

  PaddedMatrix raw_, bids_;
  AlignedBuffer bid_totals_;  // S_i = sum_k |s_ik|
  AlignedBuffer bid_sums_;    // column sums of W
  AlignedBuffer shift_;
  AlignedBuffer fresh_row_;
  PaddedMatrix ahead_;  // one agent's other row and what follows from it; empty until asked for
  Index rows_since_sums_ = 0;
  InterRanking interranking_;

  PaddedMatrix scratch_rows_;    // kScratchRows per block of agents
  PaddedMatrix visits_, z_, t_;  // Q and two work matrices, where gradients of every row are wanted
  PaddedMatrix every_row_;       // those gradients, where only some are asked for
  PaddedMatrix feedback_;        // softmax terms only
  AlignedBuffer tau_, softmax_, shares_;
  std::vector<double> graph_measures_;  // where they are recorded
  double welfare_ = 0.0;
  double mask_density_ = 0.0, dead_gradient_share_ = 0.0;
};

}  // namespace gbid::bid_matrix
