// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What can be recorded of the bid-matrix market.
#include <algorithm>
#include <cmath>

#include "engine/stepping/blocks.hpp"
#include "scenarios/bid_matrix/bids.hpp"
#include "scenarios/bid_matrix/scratch.hpp"
#include "scenarios/graph/make.hpp"
#include "scenarios/graph/measures.hpp"

namespace gbid::bid_matrix {

std::vector<Variable> push_error_variables() {
  return {{"push_entry_error",
           "largest error of an entry of (I - W + diag W)^-1 in own gradients, of a sample of "
           "agents; 0 "
           "where exact",
           "1",
           {}},
          {"push_square_error",
           "largest relative error of their sums of squares, of a sample of agents; 0 where exact",
           "1",
           {}}};
}

const std::vector<ArrayRow<BidMatrixGame>>& BidMatrixGame::arrays() {
  using M = BidMatrixGame;
  const std::vector<std::string> each{"agent"}, pair{"agent", "counterpart"};
  const auto trajectory = [](Variable variable) {
    return ArraySpec{std::move(variable), Role::kDerived, Recorded::kTrajectory};
  };
  const auto final = [](Variable variable, Role role = Role::kDerived) {
    return ArraySpec{std::move(variable), role, Recorded::kFinal};
  };
  const auto number = [&](Variable variable, double (*value)(const M&)) {
    return derived<M>(trajectory(std::move(variable)), [value](M& m, double* out) {
      *out = value(m);
      return out + 1;
    });
  };
  const auto of_agents = [&](Variable variable, std::function<double(const M&, Index)> value) {
    return derived<M>(trajectory(std::move(variable)), [value](M& m, double* out) {
      for (Index i = 0; i < m.n_; ++i) *out++ = value(m, i);
      return out;
    });
  };
  static const std::vector<ArrayRow<M>> rows = [&] {
    std::vector<ArrayRow<M>> all{
        number({"welfare", "mean payoff over agents", "payoff", {}},
               [](const M& m) { return m.welfare_; }),
        number({kMeanUtilityArray, "mean utility over agents", "payoff", {}},
               [](const M& m) { return m.mean_utility(); }),
        number({"mask_density", "share of bids whose mask is not zero", "1", {}},
               [](const M& m) { return m.mask_density_; }),
        number({"dead_gradient_share", "share of bids whose mask has zero gradient", "1", {}},
               [](const M& m) { return m.dead_gradient_share_; }),
        of_agents({"payoff", "payoff", "payoff", each},
                  [](const M& m, Index i) { return m.payoff(i); }),
        of_agents({"self_bid", "bid on itself", "1", each},
                  [](const M& m, Index i) { return m.bids_(i, i); }),
        of_agents({"price", "mean bid of all agents on this one", "1", each},
                  [](const M& m, Index i) { return m.bid_sums_[i] * m.bidder_share_[i]; }),
    };
    for (const TermEntry& term : term_registry())
      all.push_back(derived<M>(trajectory({term.name, term.long_name, term.units, each}),
                               [&term](M& m, double* out) {
                                 return std::copy_n(m.measured(term)->values.data(), m.n_, out);
                               }));
    // Along the way; with a record a step, all that it takes to check every update.
    all.push_back(stored<M>(
        trajectory({"raw_bid_path", "raw bids, before squashing, along the way", "1", pair}),
        [](M & m) -> auto& { return m.raw_; }));
    all.push_back(stored<M>(
        trajectory({"bid_path", "bid matrix along the way: rows sum to one", "1", pair}),
        [](M & m) -> auto& { return m.bids_; }));
    all.push_back(derived<M>(trajectory({"mask_path", "mask along the way", "1", pair}),
                             [](M& m, double* out) { return m.copy_rows(out, true); }));
    all.push_back(stored<M>(
        {{kGradientPathArray,
          "d objective / d raw bids that the update before this record followed; NaN of agents "
          "that "
          "did not move",
          "payoff", pair},
         Role::kCarried,
         Recorded::kTrajectory},
        [](M & m) -> auto& { return m.last_gradient_; }));
    all.push_back(stored<M>(
        final({"raw_bids", "raw bids, before squashing", "1", pair}, Role::kDerived),
        [](M & m) -> auto& { return m.raw_; }));
    all.push_back(stored<M>(
        final({"bids", "bid matrix: rows sum to one", "1", pair}, Role::kCarried),
        [](M & m) -> auto& { return m.bids_; }));
    all.push_back(
        derived<M>(final({"mask", "mask: how much of a counterpart's signal is bought", "1", pair}),
                   [](M& m, double* out) { return m.copy_rows(out, true); }));
    all.push_back(derived<M>(
        final({kInterRankingArray, "inter-ranking: expected visits, rows sum to one", "1", pair}),
        [](M& m, double* out) { return m.copy_rows(out, false); }));
    all.push_back(derived<M>(
        final({"adjacency", "1 where the agent may bid on the counterpart, itself included", "1",
               pair}),
        [](M& m, double* out) {
          for (Index i = 0; i < m.n_; ++i)
            for (Index j = 0; j < m.n_; ++j) *out++ = m.allowed(i) ? m.allowed(i)[j] : 1.0;
          return out;
        }));
    for (const Variable& variable : push_error_variables())
      all.push_back(derived<M>({variable, Role::kDerived, Recorded::kFinal, kPushErrorArrays},
                               [](M&, double* out) {
                                 *out = 0.0;
                                 return out + 1;
                               }));
    Index agents_before = 0, numbers_before = 0;
    for (const Variable& variable : graph::measure_variables()) {
      const bool is_number = variable.dimensions.empty();
      all.push_back(derived<M>(
          {variable, Role::kDerived, Recorded::kFinal, kGraphArrays}, [=](M& m, double* out) {
            const Index begin = agents_before * m.n_ + numbers_before;
            return std::copy_n(m.graph_measures_.begin() + begin, is_number ? 1 : m.n_, out);
          }));
      ++(is_number ? numbers_before : agents_before);
    }
    return all;
  }();
  return rows;
}

void BidMatrixGame::declare(State& state) {
  bind_all(arrays(), state, *this);
  const auto carried = [](const char* name, const char* help) {
    return ArraySpec{{name, help, "1", {"agent"}}, Role::kCarried};
  };
  state.add(carried("bid_totals", "sum of an agent's squashed raw bids"), bid_totals_);
  state.add(carried("bid_sums", "column sums of the bid matrix"), bid_sums_);
  state.add({{"rows_since_sums", "rows changed since the column sums were made afresh", "1", {}},
             Role::kCounter},
            rows_since_sums_);
  state.add(
      {{"interranking_is_current", "whether it is that of the bids", "1", {}}, Role::kCarried},
      interranking_is_current_);
  interranking_.declare(state);
}

void BidMatrixGame::restore() {
  has_cleared_ = true;
  terms_are_prepared_ = false;
  update_shift();
  interranking_.restore();
  show();
}

Recordables BidMatrixGame::recordables() {
  Recordables all{{}, {}, {"welfare", "payoff"}, {"bids"}};
  all.add(
      specs_of(arrays()),
      {{kPushErrorArrays, "errors of what own gradients are made of where market.storage is edges"},
       {kGraphArrays,
        "degrees, PageRank, reciprocity, clustering and components of who may bid on whom; by "
        "default if the graph is not complete"}});
  return all;
}

void BidMatrixGame::measure() {
  if (record_needs_interranking_) require_interranking();
  const Columns state = columns();
  for (Measured& quantity : measured_) quantity.term->prepare(state);
  // 1. Values per agent, and counts per block of agents.
  const Index blocks = block_count(n_, kAgentRows);
  for_blocks(n_, kAgentRows, [&](Index block, Index begin, Index end) {
    const Scratch rows = scratch(block);
    double alive = 0.0, dead = 0.0;
    for (Index i = begin; i < end; ++i) {
      const Row row = look(i, rows, interranking_is_current_);
      for (Measured& quantity : measured_) quantity.values[i] = quantity.term->value(state, row);
      alive += static_cast<double>(
          std::count_if(row.mask, row.mask + n_, [](double m) { return m != 0.0; }));
      dead += static_cast<double>(std::count(rows.slope, rows.slope + n_, 0.0));
    }
    rows.partials.mask[0] = alive;
    rows.partials.mask[1] = dead;
  });
  double alive = 0.0, dead = 0.0;
  for (Index block = 0; block < blocks; ++block) {
    alive += scratch(block).partials.mask[0];
    dead += scratch(block).partials.mask[1];
  }
  const Index pairs = n_ * n_;
  const auto bids = static_cast<double>(game_->graph ? game_->graph->bids : pairs);
  dead -= static_cast<double>(pairs) - bids;  // those that do not exist have no slope
  mask_density_ = alive / bids;
  dead_gradient_share_ = dead / bids;
  // 2. Terms that are a softmax over agents.
  for (Measured& quantity : measured_)
    if (quantity.is_softmax) softmax_in_place(quantity.values.data(), n_);
}

double BidMatrixGame::payoff(Index agent) const {
  double total = 0.0;
  for (const Item& item : items_)
    for (const Measured& quantity : measured_)
      if (quantity.term == item.term) total += item.weights[agent] * quantity.values[agent];
  return total;
}

const BidMatrixGame::Measured* BidMatrixGame::measured(const TermEntry& entry) const {
  const auto found =
      std::find_if(measured_.begin(), measured_.end(),
                   [&](const Measured& quantity) { return quantity.entry == &entry; });
  return found == measured_.end() ? nullptr : &*found;
}

double BidMatrixGame::mean_utility() const {
  const double share = 1.0 / static_cast<double>(n_);
  double mean = 0.0;
  for (const Measured& quantity : measured_)
    if (quantity.entry->is_utility)
      for (Index i = 0; i < n_; ++i) mean += quantity.values[i] * share;
  return mean;
}

/// All masks, or the whole inter-ranking.
double* BidMatrixGame::copy_rows(double* out, bool of_masks) {
  const Scratch rows = scratch(0);
  for (Index i = 0; i < n_; ++i) {
    const Row row = look(i, rows, !of_masks);
    out = std::copy_n(of_masks ? row.mask : row.visits, n_, out);
  }
  return out;
}

void BidMatrixGame::derive(Recorded when) {
  if (when == Recorded::kFinal) {
    if (record_needs_interranking_) require_interranking();
    if (use_.records(kGraphArrays))
      graph_measures_ = graph::in_order(graph::measure(
          game_->graph ? game_->graph->topology : graph::make(graph::Complete{}, n_, {})));
    return;
  }
  measure();
  welfare_ = 0.0;
  for (Index i = 0; i < n_; ++i) welfare_ += payoff(i);
  welfare_ /= static_cast<double>(n_);
}

}  // namespace gbid::bid_matrix
