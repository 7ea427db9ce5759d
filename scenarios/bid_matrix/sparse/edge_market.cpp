// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/sparse/edge_market.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "agents/cohort.hpp"
#include "engine/core/error.hpp"
#include "engine/stepping/blocks.hpp"
#include "scenarios/bid_matrix/bids.hpp"

namespace gbid::bid_matrix::sparse {
namespace {

constexpr Index kRowsOfScratch = 7;
// Edges ahead of their use for which memory is asked.
constexpr Index kColumnsAhead = 128;

}  // namespace

EdgeMarket::EdgeMarket(const MarketConfig& config, std::shared_ptr<const EdgeGame> game,
                       const RegimePlan& plan, Index edge_room,
                       const std::function<void(std::span<double>)>& start)
    : PlannedMarket(plan, 0),  // without a certificate
      config_(config),
      storage_(std::get<EdgeStorage>(config.storage)),
      game_(std::move(game)),
      demand_(config, plan),
      n_(graph().agents),
      edges_(graph().edges()),
      edge_room_(edge_room),
      row_stride_(padded(graph().most_bids())),
      width_(demand_.is_planned ? 2 : 1),
      shift_moves_(std::holds_alternative<ColumnMeanShift>(config.bids.shift)),
      raw_(edges_),
      bids_(edges_),
      work_(edges_),
      updates_(static_cast<std::size_t>(n_), 0),
      totals_(n_),
      bid_sums_(n_),
      self_(n_),
      slots_(static_cast<std::size_t>(block_count(n_, kEdgeRows) * kEdgeSlot)) {
  // 1. What learners keep.
  for (int k = 0; k < moment_count(plan.largest_learner()); ++k) moments_.emplace_back(edges_);
  if (demand_.has_gradient(plan)) own_gradient_ = AlignedBuffer(edges_);
  if (demand_.records_gradient) {
    last_gradient_ = AlignedBuffer(edges_);
    std::fill_n(last_gradient_.data(), edges_, std::numeric_limits<double>::quiet_NaN());
  }
  // 2. Terms.
  if (demand_.pays_utility) utility_weights_ = weights_of("utility");
  if (demand_.pays_emission) emission_weights_ = weights_of("emission");
  if (demand_.knows_ranking) ranking_.emplace(config.ranking, game_->numbers, PerAgent::kOne);
  if (demand_.knows_weighted)
    weighted_.emplace(config.ranking, game_->numbers, PerAgent::kOneMinusAlpha);
  for (const auto& [name, coefficient] : config.payoff) {
    if (name == "ranking") paid_.push_back({&*ranking_, weights_of("ranking")});
    if (name == "weighted_ranking") paid_.push_back({&*weighted_, weights_of("weighted_ranking")});
  }
  if (demand_.knows_utility) utility_ = AlignedBuffer(n_);
  if (demand_.knows_emission) emission_ = AlignedBuffer(n_);
  if (shift_moves_) feedback_ = AlignedBuffer(n_);
  // 3. Walks over the bids.
  if (demand_.has_walks()) {
    row_sums_ = AlignedBuffer(n_ * width_);
    visit_sums_ = AlignedBuffer(n_ * width_);
    rhs_ = AlignedBuffer(n_ * width_);
    solver_.emplace(game_->graph, storage_.tolerance);
    start_walks();
  }
  if (demand_.is_planned) {
    planned_ = AlignedBuffer(n_);
    for (const Paid& paid : paid_)
      for (Index i = 0; i < n_; ++i)
        planned_[i] += share(plan.group().aim(), i) * paid.weights[i] * paid.ranking->fixed_share();
  } else if (!paid_.empty()) {
    Index shared = 1;
    if (demand_.climbs_own) {
      Index all = 0;
      for (const Paid& paid : paid_) all += paid.ranking->shared_count();
      shared = std::max(shared, all);
      own_ = AlignedBuffer(n_);
    }
    shared_ = PaddedMatrix(shared, n_);
    shares_ = PaddedMatrix(shared, n_);
    if (demand_.ranks_walks) {
      rows_of_shared_ = PaddedMatrix(shared, n_);
      columns_of_shared_ = PaddedMatrix(shared, n_);
    }
  }
  // 4. The table.
  bind_all(arrays(), state_, *this);
  const std::vector<std::string> edge{"edge"}, each{"agent"};
  const auto add = [&](const char* name, const char* help, Role role, AlignedBuffer& values,
                       const std::vector<std::string>& dimensions) {
    state_.add({{name, help, "1", dimensions}, role}, values);
  };
  add("parameters", "raw bids, which are the agents' parameters", Role::kParameter, raw_, edge);
  const char* const names[] = {"first_moment", "second_moment"};
  for (std::size_t k = 0; k < moments_.size(); ++k)
    add(names[k], "what the learner remembers of every raw bid", Role::kMoment, moments_[k], edge);
  state_.add(updates_spec(), updates_);
  add("bid_sums", "column sums of the bid matrix", Role::kCarried, bid_sums_, each);
  add("row_sums", "b, and p beside it where planned", Role::kCarried, row_sums_, each);
  add("visit_sums", "c, and q beside it where planned", Role::kCarried, visit_sums_, each);
  add("last_gradient", "what the last update followed", Role::kCarried, last_gradient_, edge);
  state_.add({{"rows_since_sums", "rows changed since the column sums were made afresh", "1", {}},
              Role::kCounter},
             rows_since_sums_);
  state_.add({{"walks_are_current", "whether they are those of the bids", "1", {}}, Role::kCarried},
             walks_are_current_);
  start({raw_.data(), static_cast<std::size_t>(edges_)});
}

AlignedBuffer EdgeMarket::weights_of(const char* term) const {
  AlignedBuffer weights(n_);
  for (const auto& [name, coefficient] : config_.payoff)
    for (Index i = 0; name == term && i < n_; ++i)
      weights[i] = coefficient.weight * game_->numbers.factor(coefficient.by, i);
  return weights;
}

EdgeMarket::Scratch EdgeMarket::scratch() const {
  static thread_local AlignedBuffer rows;
  if (rows.size() < kRowsOfScratch * row_stride_)
    rows = AlignedBuffer(kRowsOfScratch * row_stride_);
  const auto row = [&](Index k) { return rows.data() + k * row_stride_; };
  return {row(0), row(1), row(2), row(3), row(4), row(5), row(6)};
}

/// The agent's bids to rows.bids. @return the sum of its squashed raw bids.
double EdgeMarket::take_bids(Index agent, const Scratch& rows) {
  const Index begin = graph().begin(agent), count = graph().bids_of(agent), stride = padded(count);
  std::copy_n(raw_.data() + begin, count, rows.raw);
  clear_tail(rows.raw, count, stride);
  return squash_row(config_.bids.squash, rows.raw, nullptr, agent, count, stride, rows.bids);
}

void EdgeMarket::take_all_bids() {
  for_blocks(n_, kEdgeRows, [&](Index, Index begin, Index end) {
    const Scratch rows = scratch();
    for (Index i = begin; i < end; ++i) {
      totals_[i] = take_bids(i, rows);
      std::copy_n(rows.bids, graph().bids_of(i), bids_.data() + graph().begin(i));
      self_[i] = rows.bids[0];
    }
  });
}

void EdgeMarket::clear(const Movers& moved) {
  // 1. Bids and their column sums; the carried sums are made afresh every 4 n rows.
  is_by_column_ = walks_are_current_ = false;
  if (moved.is_everyone) {
    take_all_bids();
    sum_bids();
  } else {
    const Scratch rows = scratch();
    for (const Index i : moved.agents) {
      totals_[i] = take_bids(i, rows);
      self_[i] = rows.bids[0];
      for (Index e = graph().begin(i), k = 0; e < graph().end(i); ++e, ++k) {
        bid_sums_[graph().target[static_cast<std::size_t>(e)]] += rows.bids[k] - bids_[e];
        bids_[e] = rows.bids[k];
      }
    }
    rows_since_sums_ += moved.count();
    if (rows_since_sums_ > 4 * n_) sum_bids();
  }
  // 2. Walks over the bids, where payoffs depend on them.
  if (demand_.pays_walks()) solve_walks();
  is_new_update_ = is_new_update_ || is_new_step_;
  is_new_step_ = false;  // a learner's trial step is none
}

void EdgeMarket::sum_bids() {
  order_by_column();
  for_blocks(n_, kEdgeRows, [&](Index, Index begin, Index end) {
    for (Index j = begin; j < end; ++j) {
      double total = self_[j];
      for (Index k = graph().in_begin(j); k < graph().in_end(j); ++k) total += work_[k];
      bid_sums_[j] = total;
    }
  });
  rows_since_sums_ = 0;
}

/// W by columns takes the place of the last gradient, and is overwritten by the next one.
void EdgeMarket::order_by_column() {
  if (is_by_column_) return;
  const std::int32_t* edge = graph().in_edge.data();
  const Index last = static_cast<Index>(graph().in_edge.size()) - 1;
  for_blocks(n_, kEdgeRows, [&](Index, Index begin, Index end) {
    for (Index k = graph().in_begin(begin); k < graph().in_begin(end); ++k) {
      __builtin_prefetch(bids_.data() + edge[std::min(k + kColumnsAhead, last)]);
      work_[k] = bids_[edge[k]];
    }
  });
  is_by_column_ = true;
}

/// Mask and slope of an agent's bids; its bids and what they are compared with, too.
void EdgeMarket::look(Index agent, const Scratch& rows) const {
  const EdgeGraph& g = graph();
  const Index begin = g.begin(agent), count = g.bids_of(agent), stride = padded(count);
  const auto* fixed = std::get_if<FixedShift>(&config_.bids.shift);
  for (Index k = 0; k < count; ++k) {
    const Index j = g.target[static_cast<std::size_t>(begin + k)];
    rows.bids[k] = bids_[begin + k];
    rows.shift[k] = shift_moves_ ? price(j)
                    : fixed      ? fixed->value
                                 : 1.0 / static_cast<double>(g.bids_of(j));
  }
  clear_tail(rows.bids, count, stride);
  clear_tail(rows.shift, count, stride);
  mask_row(config_.bids.mask, rows.bids, rows.shift, nullptr, count, stride, rows.mask, rows.slope);
  if (demand_.knows_utility) game_->contribution.copy(begin, count, rows.contribution);
}

/// Walks of one step, from where solves begin that do not follow others.
void EdgeMarket::start_walks() {
  for (Index i = 0; i < n_; ++i)
    for (Index k = 0; k < width_; ++k)
      row_sums_[width_ * i + k] = visit_sums_[width_ * i + k] = k == 0 ? 1.0 : 0.0;
  sum_walks();
}

/// What follows from b and c.
void EdgeMarket::sum_walks() {
  for_blocks(n_, kEdgeRows, [&](Index block, Index begin, Index end) {
    double total = 0.0, squares = 0.0;
    for (Index i = begin; i < end; ++i) {
      const double t = 1.0 / row_sum(i);
      total += t;
      squares += t * t;
      solver_->direction()[i] = visit_sum(i);
    }
    slots_[static_cast<std::size_t>(block * kEdgeSlot)] = total;
    slots_[static_cast<std::size_t>(block * kEdgeSlot + 1)] = squares;
  });
  walks_total_ = sum_slots(0);
  walks_squares_ = sum_slots(1);
}

/// The k-th numbers that blocks of agents left, in order.
double EdgeMarket::sum_slots(Index k) const {
  double total = 0.0;
  for (Index block = 0; block < block_count(n_, kEdgeRows); ++block)
    total += slots_[static_cast<std::size_t>(block * kEdgeSlot + k)];
  return total;
}

void EdgeMarket::solve_walks() {
  order_by_column();
  solver_->take(self_.data(), bids_.data(), work_.data());
  const auto fill = [&](const auto& values) {
    for_blocks(n_, kEdgeRows, [&](Index, Index begin, Index end) {
      for (Index i = begin; i < end; ++i) values(i, rhs_.data() + width_ * i);
    });
  };
  fill([&](Index i, double* out) {
    out[0] = 1.0;
    if (width_ == 2) out[1] = planned_[i];
  });
  if (width_ == 2)
    solver_->solve<2>(rhs_.data(), row_sums_.data());
  else
    solver_->solve<1>(rhs_.data(), row_sums_.data());
  fill([&](Index i, double* out) {
    const double t = 1.0 / row_sum(i);
    out[0] = t;
    if (width_ == 2) out[1] = row_sums_[2 * i + 1] * t * t;
  });
  if (width_ == 2)
    solver_->solve_transposed<2>(rhs_.data(), visit_sums_.data(), row_sums_.data());
  else
    solver_->solve_transposed<1>(rhs_.data(), visit_sums_.data(), row_sums_.data());
  sum_walks();
  walks_are_current_ = true;
}

/// Walks that are recorded and not paid start afresh: they do not depend on what else is recorded.
void EdgeMarket::require_walks() {
  if (walks_are_current_) return;
  if (!demand_.pays_walks()) start_walks();
  solve_walks();
}

Walks EdgeMarket::walks() const {
  return {.graph = &graph(),
          .bids = work_.data(),
          .self = self_.data(),
          .row_sums = row_sums_.data(),
          .visits = visit_sums_.data(),
          .stride = width_,
          .total = walks_total_,
          .squares = walks_squares_};
}

/// What rankings look at.
Columns EdgeMarket::columns() {
  if (!demand_.ranks_walks) return {n_, n_, bid_sums_.data(), nullptr};
  if (width_ == 1) return {n_, n_, bid_sums_.data(), visit_sums_.data()};
  for (Index j = 0; j < n_; ++j) rhs_[j] = visit_sum(j);
  return {n_, n_, bid_sums_.data(), rhs_.data()};
}

void EdgeMarket::note_gradient(const Movers& movers) {
  if (last_gradient_.size() == 0) return;
  if (is_new_update_)
    std::fill_n(last_gradient_.data(), edges_, std::numeric_limits<double>::quiet_NaN());
  for (const Index i : movers.agents)
    std::copy_n(gradient().data() + graph().begin(i), graph().bids_of(i),
                last_gradient_.data() + graph().begin(i));
  is_new_update_ = false;
}

void EdgeMarket::learn(const Movers& movers, int phase) {
  const Learner& learner = plan_.group_of(movers).learner;
  const bool is_last = phase + 1 >= phase_count(learner);
  const auto moment = [&](std::size_t k, Index at) {
    return k < moments_.size() ? moments_[k].data() + at : nullptr;
  };
  for_blocks(movers.count(), kEdgeRows, [&](Index, Index begin, Index end) {
    ClockMemo memo;
    for (Index r = begin; r < end; ++r) {
      const Index agent = movers.agents[static_cast<std::size_t>(r)], only = 0;
      const Index at = graph().begin(agent), count = graph().bids_of(agent);
      Index& updates = updates_[static_cast<std::size_t>(agent)];
      updates += is_last;
      gbid::learn(learner, LearnerRows<double>{.parameters = raw_.data() + at,
                                               .first = moment(0, at),
                                               .second = moment(1, at),
                                               .gradients = gradient().data() + at,
                                               .length = count,
                                               .agents = {&only, 1},
                                               .updates = &updates,
                                               .names = &agent,
                                               .clock = movers.clock,
                                               .clock_memo = &memo,
                                               .phase = phase});
      double total = 0.0;
      for (Index e = at; e < at + count; ++e) total += raw_[e];
      if (!std::isfinite(total)) throw NumericError(not_finite(agent));
    }
  });
}

void EdgeMarket::reset_learners() {
  for (AlignedBuffer& moment : moments_) std::fill_n(moment.data(), edges_, 0.0);
  std::fill(updates_.begin(), updates_.end(), Index{0});
}

void EdgeMarket::restore(Index) {
  take_all_bids();
  is_by_column_ = false;
  if (solver_) sum_walks();
  is_new_update_ = true;  // a saved state has been cleared and not yet learned from
}

Certificate EdgeMarket::certify() {
  throw NumericError(
      "certificate: best responses are not searched for where market.storage is edges");
}

}  // namespace gbid::bid_matrix::sparse
