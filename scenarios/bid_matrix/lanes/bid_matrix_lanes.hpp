// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <vector>

#include "scenarios/bid_matrix/bid_matrix_game.hpp"
#include "scenarios/bid_matrix/lanes/lane_interranking.hpp"
#include "scenarios/bid_matrix/lanes/lane_term.hpp"
#include "scenarios/bidding/bid_game_lanes.hpp"

namespace gbid::bid_matrix {

/// Up to eight trials of the bid-matrix market, one in each lane of a Wide: every array is
/// (entry x lane). The formulas, the order of all sums and the decisions when to invert afresh are
/// those of BidMatrixGame, so that a trial has the same bits here and alone.
class BidMatrixLanes final : public BidGameLanes {
 public:
  /// Whether trials of this market can be played here: on the complete graph, with at most
  /// kSmallProduct agents, which see nothing of the market, and no payoff that is a softmax over
  /// agents.
  static bool can_play(const MarketConfig& config, const GameUse& use);

  /// @param games of one configuration and use, one to kWideLanes of them; they must outlive this.
  explicit BidMatrixLanes(std::vector<BidMatrixGame*> games);

  void read(const WideInMemory* raw) override { raw_ = raw; }
  void clear(BlockMovers moved, std::span<std::string> failures) override;
  void differentiate(const Aim& aim, BlockMovers movers, WideInMemory* gradients,
                     std::span<std::string> failures) override;
  void give(Index trial) override;
  void take(Index trial) override;

 private:
  struct Item {  // one summand of the payoff; see BidMatrixGame::Item
    std::unique_ptr<LaneTerm> term;
    bool is_utility;
    WideBuffer weights, scaled;
  };

  const BidMatrixGame& first() const { return *games_.front(); }

  // bid_matrix_lanes.cpp: clearing
  const WideInMemory* raw_row(const LaneAgents& agents);
  void squash(const LaneAgents& agents, WideInMemory* bids, LaneSet& lanes,
              std::span<std::string> failures);
  void take_bids(const LaneAgents& agents, LaneSet& lanes, std::span<std::string> failures);
  void sum_bids();
  void update_shift();
  void refresh(LaneSet lanes, std::span<std::string> failures);
  LaneColumns columns() const;
  void prepare_terms();

  // lane_gradients.cpp
  LaneRow look(const LaneAgents& agents, bool with_visits);
  void clear_row_partials();
  void clear_sum_partials();
  void add_direct(WideInMemory* out) const;
  void own_gradient_row(const LaneAgents& agents, WideInMemory* out);
  void own_gradients(WideInMemory* out);
  void common_gradient(const Aim& aim, WideInMemory* out);
  void weighted_gradient(WideInMemory* out);
  void back_through_interranking(WideInMemory* out);
  void pull_back(const LaneAgents& agents, WideInMemory* gradient);

  std::vector<BidMatrixGame*> games_;
  const WideInMemory* raw_ = nullptr;  // (n x n)
  Index n_;
  std::vector<Item> items_;
  bool has_interranking_;

  WideBuffer bids_, bid_totals_, bid_sums_, shift_, shift_feedback_;
  Index rows_since_sums_ = 0;
  bool terms_are_prepared_ = false, interranking_is_current_ = false;
  LaneInterRanking interranking_;

  // Scratch.
  WideBuffer raw_row_, fresh_row_, bids_row_, mask_, slope_, visits_row_;
  WideBuffer d_mask_, d_bids_, d_bid_sums_, d_visits_, d_visit_sums_;
  LanePartials partials_;
  LaneAgents looked_at_;
  WideBuffer gradient_;                       // (n x n), where some movers want every row
  WideBuffer visits_, z_, t_, tau_, folded_;  // where gradients of every row are wanted
};

}  // namespace gbid::bid_matrix
