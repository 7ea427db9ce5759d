// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Gradients of the bid-matrix market on edges.
//
// Notation as in ../gradients.cpp: B = (I - W + diag W)^-1, b = B 1, Q = rows of B divided by b, c = 1'Q =
// B'(1/b). A ranking is a function of c. With
//   dP_i / dc = own_i e_i + sum_s share_si g_s,    the g_s shared by all agents (see Ranking::split),
//   h_s = B g_s,   k_s = B'(h_s / b^2),   N_i = sum_k (B_ki / b_k)^2
// the own gradient is, for j != i,
//   dP_i / dW_ij = own_i (c_i B_ji - b_j N_i) + sum_s share_si (c_i h_sj - b_j k_si)
// whose first part takes one column of B, near its agent (ColumnPush), and the rest two solves for each s. The
// common gradient has the same form with own = 0 and one g = dJ/dc:
//   dJ / dW_ij = c_i p_j - b_j q_i,   p = B g,   q = B'(p / b^2)
// Emission E_i = Q_ii W_ii, for j != i: W_ii Q_ii (B_ji - b_j Q_ii); for j = i: Q_ii.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/core/error.hpp"
#include "engine/stepping/blocks.hpp"
#include "scenarios/bid_matrix/bids.hpp"
#include "scenarios/bid_matrix/sparse/edge_market.hpp"

namespace gbid::bid_matrix::sparse {
/// The share of an agent's payoff in what a common objective maximises.
double EdgeMarket::share(const Aim& aim, Index agent) const {
  if (aim.objective != Objective::kGroupPayoff || aim.members.empty())
    return 1.0 / static_cast<double>(n_);
  const bool is_member = std::binary_search(aim.members.begin(), aim.members.end(), agent);
  return is_member ? 1.0 / static_cast<double>(aim.members.size()) : 0.0;
}

/// own_, shared_ and shares_ of an aim.
void EdgeMarket::split_rankings(const Aim& aim) {
  const Columns state = columns();
  const bool is_common = aim.is_common();
  for (Index s = 0; s < shared_.rows(); ++s) {
    std::fill_n(shared_.row(s), n_, 0.0);
    std::fill_n(shares_.row(s), n_, is_common && s == 0 ? 1.0 : 0.0);
  }
  if (!is_common) std::fill_n(own_.data(), n_, 0.0);
  Index at = 0;
  for (const Paid& paid : paid_) {
    paid.ranking->prepare(state);
    const Index count = paid.ranking->shared_count();
    double whole[2] = {};  // sum_i share_i of a common aim
    for (Index i = 0; i < n_; ++i) {
      const double weight = paid.weights[i] * (is_common ? share(aim, i) : 1.0);
      const Ranking::Split split = paid.ranking->split(i);
      (is_common ? shared_(0, i) : own_[i]) += weight * split.own;
      for (Index s = 0; s < count; ++s) {
        whole[s] += weight * split.shares[s];
        if (!is_common) shares_(at + s, i) = weight * split.shares[s];
      }
    }
    for (Index s = 0; s < count; ++s) {
      double* const out = shared_.row(is_common ? 0 : at + s);
      for (Index i = 0; i < n_; ++i)
        out[i] += paid.ranking->shared(s, state, i) * (is_common ? whole[s] : 1.0);
    }
    at += count;
  }
}

/// h and k of every shared vector.
void EdgeMarket::solve_shared() {
  order_by_column();
  solver_->take(self_.data(), bids_.data(), work_.data());
  for (Index s = 0; s < shared_.rows(); ++s) {
    double *const h = rows_of_shared_.row(s), *const k = columns_of_shared_.row(s);
    std::fill_n(h, n_, 0.0);
    std::fill_n(k, n_, 0.0);
    solver_->solve<1>(shared_.row(s), h);
    for (Index i = 0; i < n_; ++i) rhs_[i] = h[i] / (row_sum(i) * row_sum(i));
    solver_->solve_transposed<1>(rhs_.data(), k, row_sums_.data());
  }
}

/// d utility / d(W_ij - shift_j) of one agent's bids, times its weight in the aim.
void EdgeMarket::climb_utility(const Aim& aim, Index agent, const Scratch& rows,
                               double* out) const {
  const Index count = graph().bids_of(agent);
  double weight = game_->numbers.factor(config_.utility.scale, agent);
  if (aim.objective == Objective::kMeanUtility)
    weight /= static_cast<double>(n_);
  else if (!demand_.pays_utility)
    weight = 0.0;
  else
    weight *= utility_weights_[agent] * (aim.is_common() ? share(aim, agent) : 1.0);
  if (weight == 0.0) {
    std::fill_n(out, count, 0.0);
    return;
  }
  look(agent, rows);
  for (Index k = 0; k < count; ++k) out[k] = weight * rows.contribution[k] * rows.slope[k];
}

/// The same of all agents to `work_`, and to `feedback_` what a bid on j loses by its price.
void EdgeMarket::climb_all_utilities(const Aim& aim) {
  is_by_column_ = false;
  for_blocks(n_, kEdgeRows, [&](Index, Index begin, Index end) {
    const Scratch rows = scratch();
    for (Index i = begin; i < end; ++i)
      climb_utility(aim, i, rows, work_.data() + graph().begin(i));
  });
  if (!shift_moves_) return;
  for_blocks(n_, kEdgeRows, [&](Index, Index begin, Index end) {
    for (Index j = begin; j < end; ++j) {
      double total = work_[graph().begin(j)];
      for (Index k = graph().in_begin(j); k < graph().in_end(j); ++k)
        total += work_[graph().in_edge[static_cast<std::size_t>(k)]];
      feedback_[j] = total * graph().bidder_share(j);
    }
  });
}

/// Adds d rankings / dW of one agent's bids. @param push its column of B; null: own_ is not there.
void EdgeMarket::climb_rankings(Index agent, bool is_own, const ColumnPush* push,
                                double* gradient) const {
  const EdgeGraph& g = graph();
  const Index begin = g.begin(agent), count = g.bids_of(agent);
  const auto target = [&](Index k) -> Index {
    return g.target[static_cast<std::size_t>(begin + k)];
  };
  if (!demand_.ranks_walks) {  // c is the column sums of W
    if (is_own) gradient[0] += own_[agent];
    for (Index s = 0; s < shared_.rows(); ++s)
      for (Index k = 0; k < count; ++k) gradient[k] += shares_(s, agent) * shared_(s, target(k));
    return;
  }
  const double c = visit_sum(agent);
  if (demand_.is_planned) {
    const double q = visit_sums_[2 * agent + 1];
    for (Index k = 1; k < count; ++k) {
      const double* const row = row_sums_.data() + 2 * target(k);  // b, p
      gradient[k] += c * row[1] - row[0] * q;
    }
    return;
  }
  for (Index s = 0; s < shared_.rows(); ++s) {
    const double share = shares_(s, agent), column = columns_of_shared_(s, agent);
    if (share == 0.0) continue;
    for (Index k = 1; k < count; ++k)
      gradient[k] += share * (c * rows_of_shared_(s, target(k)) - row_sum(target(k)) * column);
  }
  if (!is_own) return;
  for (Index k = 1; k < count; ++k)
    gradient[k] += own_[agent] * (c * push->at(target(k)) - row_sum(target(k)) * push->squares());
}

void EdgeMarket::climb_emission(Index agent, const ColumnPush& push, double* gradient) const {
  const EdgeGraph& g = graph();
  const double visits = push.at(agent) / row_sum(agent), weight = emission_weights_[agent];
  gradient[0] += weight * visits;
  const double scale = weight * self_[agent] * visits;
  for (Index e = g.begin(agent) + 1, k = 1; e < g.end(agent); ++e, ++k) {
    const Index j = g.target[static_cast<std::size_t>(e)];
    gradient[k] += scale * (push.at(j) - row_sum(j) * visits);
  }
}

void EdgeMarket::differentiate(const Movers& movers) {
  const Aim aim = plan_.group_of(movers).aim();
  const bool is_own = !aim.is_common(),
             has_rankings = !paid_.empty() && aim.objective != Objective::kMeanUtility;
  // 1. All that needs W by columns, whose place the gradient takes.
  if (has_rankings && !demand_.is_planned) {
    split_rankings(aim);
    if (demand_.ranks_walks) solve_shared();
  }
  const bool pushes = is_own && demand_.pays_walks();
  if (pushes) order_by_column();
  // 2. Utilities: what bids of all agents do to prices matters to all where the aim is common.
  if (!is_own) climb_all_utilities(aim);
  // 3. Agent by agent.
  for_blocks(movers.count(), pushes ? kPushRows : kEdgeRows, [&](Index, Index begin, Index end) {
    const Scratch rows = scratch();
    for (Index r = begin; r < end; ++r) {
      const Index i = movers.agents[static_cast<std::size_t>(r)], at = graph().begin(i);
      const double* through = is_own ? rows.gradient : work_.data() + at;
      if (is_own) climb_utility(aim, i, rows, rows.gradient);
      for (Index k = 0; k < graph().bids_of(i); ++k) {
        const Index j = graph().target[static_cast<std::size_t>(at + k)];
        rows.gradient[k] = !shift_moves_ ? through[k]
                           : is_own      ? through[k] * (1.0 - graph().bidder_share(j))
                                         : through[k] - feedback_[j];
      }
      ColumnPush* push = nullptr;
      if (pushes) {
        push = &ColumnPush::of_thread();
        push->run(walks(), i, storage_.push_error);
      }
      if (has_rankings) climb_rankings(i, is_own, push, rows.gradient);
      if (push && demand_.pays_emission) climb_emission(i, *push, rows.gradient);
      finish_gradient(i, rows, gradient().data() + at);
    }
  });
  if (own_gradient_.size() == 0) is_by_column_ = false;
  note_gradient(movers);
}

void EdgeMarket::finish_gradient(Index agent, const Scratch& rows, double* out) const {
  const Index begin = graph().begin(agent), count = graph().bids_of(agent), stride = padded(count);
  std::copy_n(raw_.data() + begin, count, rows.raw);
  std::copy_n(bids_.data() + begin, count, rows.bids);
  for (double* row : {rows.raw, rows.bids, rows.gradient}) clear_tail(row, count, stride);
  pull_back_squash(config_.bids.squash, rows.raw, nullptr, rows.bids, totals_[agent], count, stride,
                   rows.gradient);
  double total = 0.0;
  for (Index k = 0; k < count; ++k) total += out[k] = rows.gradient[k];
  if (!std::isfinite(total))
    throw NumericError(fmt::format("the payoff: the gradient of agent {} is not finite", agent));
}

}  // namespace gbid::bid_matrix::sparse
