// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What can be recorded of the bid-matrix market.
#include <algorithm>
#include <cmath>

#include "engine/stepping/blocks.hpp"
#include "scenarios/bid_matrix/bids.hpp"
#include "scenarios/bid_matrix/scratch.hpp"
#include "scenarios/bid_matrix/terms/registry.hpp"
#include "scenarios/graph/make.hpp"
#include "scenarios/graph/measures.hpp"

namespace gbid::bid_matrix {

std::vector<Variable> BidMatrixGame::trajectory_variables() {
  const std::vector<std::string> each{"agent"};
  std::vector<Variable> variables{
      {"welfare", "mean payoff over agents", "payoff", {}},
      {"mean_utility", "mean utility over agents", "payoff", {}},
      {"mask_density", "share of bids whose mask is not zero", "1", {}},
      {"dead_gradient_share", "share of bids whose mask has zero slope", "1", {}},
      {"payoff", "payoff", "payoff", each},
      {"self_bid", "bid on itself", "1", each},
      {"price", "mean bid of all agents on this one", "1", each},
  };
  for (const TermEntry& term : term_registry())
    variables.push_back({term.name, term.long_name, term.units, each});
  return variables;
}

std::vector<Variable> BidMatrixGame::final_variables() {
  const std::vector<std::string> pair{"agent", "counterpart"};
  return {
      {"raw_bids", "raw bids, before squashing", "1", pair},
      {"bids", "bid matrix: rows sum to one", "1", pair},
      {"mask", "mask: how much of a counterpart's signal is bought", "1", pair},
      {"interranking", "inter-ranking: expected visits, rows sum to one", "1", pair},
      {"adjacency", "1 where the agent may bid on the counterpart, itself included", "1", pair},
  };
}

Recordables BidMatrixGame::recordables() {
  Recordables all{trajectory_variables(), {}, {"welfare", "payoff"}, {"bids"}};
  for (const Variable& variable : final_variables())
    all.final.emplace_back(variable.name, variable.long_name + " (agent x counterpart)");
  all.final.emplace_back("graph",
                         "degrees, PageRank, reciprocity, clustering and components of who may bid "
                         "on whom; by default if the graph is not complete");
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
    if (quantity.term->is_softmax_over_agents()) softmax_in_place(quantity.values.data(), n_);
}

double BidMatrixGame::payoff(Index agent) const {
  double total = 0.0;
  for (const Item& item : items_)
    for (const Measured& quantity : measured_)
      if (quantity.term == item.term) total += item.weights[agent] * quantity.values[agent];
  return total;
}

void BidMatrixGame::copy_variable(const std::string& name, double* out) {
  const double share = 1.0 / static_cast<double>(n_);
  const auto each = [&](auto&& value) {
    for (Index i = 0; i < n_; ++i) out[i] = value(i);
  };
  const auto matrix = [&](const PaddedMatrix& m) {
    for (Index i = 0; i < n_; ++i) std::copy_n(m.row(i), n_, out + i * n_);
  };
  if (name == "welfare") {
    *out = welfare_;
  } else if (name == "mask_density") {
    *out = mask_density_;
  } else if (name == "dead_gradient_share") {
    *out = dead_gradient_share_;
  } else if (name == "payoff") {
    each([&](Index i) { return payoff(i); });
  } else if (name == "self_bid") {
    each([&](Index i) { return bids_(i, i); });
  } else if (name == "price") {
    each([&](Index i) { return bid_sums_[i] * bidder_share_[i]; });
  } else if (name == "raw_bids") {
    matrix(raw_);
  } else if (name == "bids") {
    matrix(bids_);
  } else if (name == "mask" || name == "interranking") {
    const Scratch rows = scratch(0);
    for (Index i = 0; i < n_; ++i) {
      const Row row = look(i, rows, name == "interranking");
      std::copy_n(name == "mask" ? row.mask : row.visits, n_, out + i * n_);
    }
  } else {
    const std::string source = name == "mean_utility" ? "utility" : name;
    const auto found =
        std::find_if(measured_.begin(), measured_.end(),
                     [&](const Measured& quantity) { return quantity.name == source; });
    if (name == "mean_utility") {
      *out = 0.0;
      for (Index i = 0; i < n_; ++i) *out += found->values[i] * share;
    } else {
      std::copy_n(found->values.data(), n_, out);
    }
  }
}

void BidMatrixGame::record(std::span<double> out) {
  measure();
  welfare_ = 0.0;
  for (Index i = 0; i < n_; ++i) welfare_ += payoff(i);
  welfare_ /= static_cast<double>(n_);
  double* next = out.data();
  for (std::size_t v = 0; v < use_.trajectory.size(); ++v) {
    copy_variable(use_.trajectory[v], next);
    next += trajectory_sizes_[v];
  }
}

void BidMatrixGame::record_final(std::span<double> out) {
  if (record_needs_interranking_) require_interranking();
  double* next = out.data();
  for (const std::string& name : use_.final) next = copy_final(name, next);
}

double* BidMatrixGame::copy_final(const std::string& name, double* out) {
  if (name == "graph") {
    const graph::Measures measures = graph::measure(
        game_->graph ? game_->graph->topology : graph::make(graph::Complete{}, n_, {}));
    const std::vector<double> values = graph::in_order(measures);
    return std::copy(values.begin(), values.end(), out);
  }
  if (name == "adjacency")
    for (Index i = 0; i < n_; ++i)
      for (Index j = 0; j < n_; ++j) out[i * n_ + j] = game_->graph ? allowed(i)[j] : 1.0;
  else
    copy_variable(name, out);
  return out + n_ * n_;
}

}  // namespace gbid::bid_matrix
