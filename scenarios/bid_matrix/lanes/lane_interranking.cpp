// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/lanes/lane_interranking.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gbid::bid_matrix {

LaneInterRanking::LaneInterRanking(Index agents)
    : n_(agents),
      inverse_(agents * agents),
      row_sums_(agents),
      reciprocal_(agents),
      visit_column_sums_(agents),
      alpha_(agents),
      v_(agents),
      weights_(agents),
      dot_p_(agents),
      dot_q_(agents),
      column_(agents),
      spare_row_(agents),
      fresh_(agents * agents),
      slack_(agents),
      pivots_(agents) {}

void LaneInterRanking::refresh(const WideBuffer& bids, LaneSet lanes,
                               std::array<Index, static_cast<std::size_t>(kWideLanes)>& singular) {
  // 1. The elimination of engine/math/m_matrix.cpp.
  WideInMemory* const m = fresh_.data();
  std::copy_n(bids.data(), n_ * n_, m);
  for (Index k = 0; k < n_; ++k) {
    slack_[k] = bids[k * n_ + k];
    m[k * n_ + k] = Wide{};
  }
  const Index n = n_;
  WideInMemory* const slack = slack_.data();
  for (Index k = 0; k < n; ++k) {
    WideInMemory* const pivot_row = m + k * n;
    Wide pivot = slack[k];
    for (Index j = k + 1; j < n; ++j) pivot += pivot_row[j];
    pivots_[k] = pivot;
    const Wide inverse = 1.0 / pivot;
    for (Index j = 0; j < n; ++j) pivot_row[j] = pivot_row[j] * inverse;
    pivot_row[k] = Wide{};
    const Wide pivot_slack = slack[k] * inverse;
    const auto eliminate = [=](Index i) {
      WideInMemory* const row = m + i * n;
      const Wide factor = row[k];
#pragma GCC unroll 4
      for (Index j = 0; j < n; ++j) row[j] = multiply_add(factor, pivot_row[j], row[j]);
      row[k] = factor * inverse;
      return factor;
    };
    for (Index i = 0; i < k; ++i) eliminate(i);
    for (Index i = k + 1; i < n; ++i) {
      const Wide factor = eliminate(i);
      slack[i] = slack[i] + factor * pivot_slack;
      m[i * n + i] = Wide{};  // the diagonal of the Schur complement lives in the slack
    }
    pivot_row[k] = inverse;
  }
  // 2. Where it failed.
  WideIntegers is_regular = condition_of(lanes);
  for (Index k = 0; k < n_; ++k)
    is_regular &= greater(pivots_[k], Wide{}) &
                  greater(wide(std::numeric_limits<double>::infinity()), pivots_[k]);
  const LaneSet regular = set_of(is_regular);
  for (Index lane = 0; lane < kWideLanes; ++lane) {
    Index& bad = singular[static_cast<std::size_t>(lane)];
    bad = -1;
    if (!contains(lanes, lane) || contains(regular, lane)) continue;
    for (Index k = 0; k < n_ && bad < 0; ++k)
      if (const double pivot = pivots_.at(k, lane); !(pivot > 0.0) || !std::isfinite(pivot))
        bad = k;
  }
  // 3. Taken over, with its sums.
  apply_pending();
  const WideIntegers is_taken = condition_of(lanes);
  Wide* const sums = reinterpret_cast<Wide*>(spare_row_.data());
  for (Index j = 0; j < n_; ++j) sums[j] = Wide{};
  for (Index k = 0; k < n_; ++k) {
    const Wide total = lane_sum(m + k * n_, n_), t = 1.0 / total;
    for (Index j = 0; j < n_; ++j) sums[j] = multiply_add(t, m[k * n_ + j], sums[j]);
    row_sums_[k] = choose(is_taken, total, row_sums_[k]);
    reciprocal_[k] = choose(is_taken, t, reciprocal_[k]);
    alpha_[k] = choose(is_taken, Wide{}, alpha_[k]);
    v_[k] = choose(is_taken, Wide{}, v_[k]);
  }
  for (Index j = 0; j < n_; ++j)
    visit_column_sums_[j] = choose(is_taken, sums[j], visit_column_sums_[j]);
  for (Index k = 0; k < n_ * n_; ++k) inverse_[k] = choose(is_taken, m[k], inverse_[k]);
  has_column_ = false;
  for (Index lane = 0; lane < kWideLanes; ++lane)
    if (contains(lanes, lane)) {
      updates_since_refresh_[static_cast<std::size_t>(lane)] = 0;
      ++refreshes_[static_cast<std::size_t>(lane)];
    }
}

LaneSet LaneInterRanking::count_updates(Index rows, LaneSet lanes) {
  LaneSet old = 0;
  for (Index lane = 0; lane < kWideLanes; ++lane)
    if (contains(lanes, lane) &&
        (updates_since_refresh_[static_cast<std::size_t>(lane)] += rows) > 4 * n_)
      old |= 1U << lane;
  return old;
}

LaneSet LaneInterRanking::replace_row(const WideBuffer& bids, const LaneAgents& agents,
                                      LaneSet lanes) {
  apply_pending();
  // An update subtracts what walks were long by, and rounds by 1e-16 of that.
  Wide longest = row_sums_[0];
  for (Index k = 1; k < n_; ++k)
    longest = choose(greater(row_sums_[k], longest), row_sums_[k], longest);
  const LaneSet endless = set_of(greater(longest, wide(kLongestWalk)));
  // 1. The column of B that the update is made of, and what it does to the row sums.
  if (!has_column_ || !(column_agents_ == agents))
    copy_column(inverse_, agents, n_, column_.data());
  has_column_ = false;
  WideInMemory* const weights = weights_.data();
  const WideInMemory* row = row_of(bids, agents, n_, weights);
  const LaneSet thin = set_of(greater(wide(kThinSlack), pick(row, agents)));
  if (row != weights)
    for (Index k = 0; k < n_; ++k) weights[k] = row[k];
  put(weights, agents, wide(-1.0));
  const Wide a_column = -lane_dot(weights, column_.data(), n_);
  const Wide sigma = 1.0 + lane_dot(weights, row_sums_.data(), n_);
  const Wide ratio = sigma / a_column;
  const WideIntegers is_regular =
      greater(a_column, Wide{}) & greater(wide(INFINITY), ratio) & greater(ratio, wide(-INFINITY));
  const Wide scale = 1.0 / a_column;
  const WideInMemory* const column = column_.data();
  WideInMemory *const alphas = alpha_.data(), *const row_sums = row_sums_.data(),
                      *const reciprocals = reciprocal_.data();
  for (Index k = 0; k < n_; ++k) {
    const Wide alpha = column[k] * scale;
    const Wide total = row_sums[k] + alpha * sigma;
    alphas[k] = alpha;
    row_sums[k] = total;
    reciprocals[k] = 1.0 / total;
  }
  const Wide gain = lane_dot(alphas, reciprocals, n_);
  // 2. v = e_i - a_i B and u = B^T (1 / b), four columns at a time.
  const WideInMemory *const b = inverse_.data(), *const t = reciprocal_.data();
  WideInMemory *const v_all = v_.data(), *const u_all = visit_column_sums_.data();
  const Index n = n_;
  const auto columns = [=]<Index C>(Index l) {
    Wide v[C] = {}, u[C] = {};
    for (Index k = 0; k < n; ++k) {
      const Wide c = weights[k], r = t[k];
      for (Index q = 0; q < C; ++q) {
        const Wide x = b[k * n + l + q];
        v[q] = multiply_add(c, x, v[q]);
        u[q] = multiply_add(r, x, u[q]);
      }
    }
    for (Index q = 0; q < C; ++q) {
      v_all[l + q] = v[q];
      u_all[l + q] = u[q];
    }
  };
  Index l = 0;
  for (; l + 4 <= n_; l += 4) columns.template operator()<4>(l);
  for (; l + 2 <= n_; l += 2) columns.template operator()<2>(l);
  if (l < n_) columns.template operator()<1>(l);
  put(v_.data(), agents, pick(v_.data(), agents) + 1.0);
  for (l = 0; l < n_; ++l) u_all[l] = multiply_add(v_all[l], gain, u_all[l]);
  is_pending_ = true;
  return lanes & (thin | endless | ~set_of(is_regular));
}

LaneSet LaneInterRanking::broken(const WideBuffer& bids, const LaneAgents& agents,
                                 LaneSet lanes) const {
  const Wide alpha = pick(alpha_.data(), agents);
  const WideIntegers places = agents.places(n_);
  const WideInMemory *const v = v_.data(), *const w = bids.data(), *const b = inverse_.data();
  Wide total{};
  for (Index l = 0; l < n_; ++l)
    total = total + (gather(doubles(b + l), places) + alpha * v[l]) * w[l * n_ + l];
  const Wide off = total - 1.0, alarm = wide(kAlarm);
  return lanes & ~set_of(greater(alarm, off) & greater(off, -alarm));
}

void LaneInterRanking::visits_row(const LaneAgents& agents, WideInMemory* out) const {
  const WideInMemory* row = row_of(inverse_, agents, n_, out);
  const Wide t = pick(reciprocal_.data(), agents);
  const Wide alpha = is_pending_ ? pick(alpha_.data(), agents) : Wide{};
  const WideInMemory* const v = v_.data();
  for (Index l = 0; l < n_; ++l) out[l] = multiply_add(alpha, v[l], row[l]) * t;
}

void LaneInterRanking::products(const LaneAgents& agents, const WideInMemory* p,
                                const WideInMemory* q) {
  WideInMemory* const b = inverse_.data();
  const WideInMemory* const v = v_.data();
  const WideInMemory* const alphas = alpha_.data();
  WideInMemory *const all_p = dot_p_.data(), *const all_q = dot_q_.data();
  const Index n = n_;
  const auto pass = [=]<bool Update>() {
    for (Index j = 0; j < n; ++j) {
      WideInMemory* const row = b + j * n;
      const Wide alpha = alphas[j];
      Wide sp[4] = {}, sq[4] = {};
      const auto entry = [&](Index l, Index lane) {
        Wide x = row[l];
        if constexpr (Update) {
          x = multiply_add(alpha, v[l], x);
          row[l] = x;
        }
        sp[lane] = multiply_add(x, p[l], sp[lane]);
        sq[lane] = multiply_add(x, q[l], sq[lane]);
      };
      Index l = 0;
      for (; l + 4 <= n; l += 4)
        for (Index lane = 0; lane < 4; ++lane) entry(l + lane, lane);
#pragma GCC unroll 3
      for (Index lane = 0; lane < 3; ++lane)
        if (l + lane < n) entry(l + lane, lane);
      all_p[j] = (sp[0] + sp[2]) + (sp[1] + sp[3]);
      all_q[j] = (sq[0] + sq[2]) + (sq[1] + sq[3]);
    }
  };
  if (is_pending_)
    pass.template operator()<true>();
  else
    pass.template operator()<false>();
  is_pending_ = false;
  copy_column(inverse_, agents, n_, column_.data());
  column_agents_ = agents;
  has_column_ = true;
}

void LaneInterRanking::apply_pending() {
  if (!is_pending_) return;
  for (Index j = 0; j < n_; ++j)
    for (Index l = 0; l < n_; ++l)
      inverse_[j * n_ + l] = multiply_add(alpha_[j], v_[l], inverse_[j * n_ + l]);
  is_pending_ = false;
}

void LaneInterRanking::give(Index lane, InterRanking& to) const {
  for (Index k = 0; k < n_; ++k) {
    for (Index l = 0; l < n_; ++l) to.inverse_(k, l) = inverse_.at(k * n_ + l, lane);
    to.row_sums_[k] = row_sums_.at(k, lane);
    to.reciprocal_[k] = reciprocal_.at(k, lane);
    to.visit_column_sums_[k] = visit_column_sums_.at(k, lane);
    to.alpha_[k] = alpha_.at(k, lane);
    to.v_[k] = v_.at(k, lane);
  }
  to.pending_ = is_pending_;
  to.column_agent_ = -1;
  to.updates_since_refresh_ = updates_since_refresh_[static_cast<std::size_t>(lane)];
  to.refreshes_ = refreshes_[static_cast<std::size_t>(lane)];
}

void LaneInterRanking::take(Index lane, const InterRanking& from) {
  apply_pending();
  for (Index k = 0; k < n_; ++k) {
    const Pack alpha = broadcast(from.pending_ ? from.alpha_[k] : 0.0);
    for (Index l = 0; l < n_; ++l)
      inverse_.at(k * n_ + l, lane) =
          multiply_add(alpha, broadcast(from.v_[l]), broadcast(from.inverse_(k, l)))[0];
    row_sums_.at(k, lane) = from.row_sums_[k];
    reciprocal_.at(k, lane) = from.reciprocal_[k];
    visit_column_sums_.at(k, lane) = from.visit_column_sums_[k];
    alpha_.at(k, lane) = v_.at(k, lane) = 0.0;
  }
  has_column_ = false;
  updates_since_refresh_[static_cast<std::size_t>(lane)] = from.updates_since_refresh_;
  refreshes_[static_cast<std::size_t>(lane)] = from.refreshes_;
}

}  // namespace gbid::bid_matrix
