// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/interranking.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/core/error.hpp"
#include "engine/math/pack.hpp"
#include "engine/stepping/blocks.hpp"

namespace gbid::bid_matrix {
namespace {

// One task's part of B in a pass: a quarter of a core's own cache, and no less than some
// microseconds. More tasks would cost more in adding up their sums than they gain.
constexpr Index kPassBytes = Index{512} << 10;
constexpr Index kMostPasses = 16;
// Columns that one task adds up: sixteen cache lines of every row.
constexpr Index kStripColumns = 128;

Index rows_a_pass(Index agents) {
  const Index bytes = agents * padded(agents) * static_cast<Index>(sizeof(double));
  return block_count(agents, std::clamp<Index>(block_count(bytes, kPassBytes), 1, kMostPasses));
}

// Rows that are in registers at once. More of them read v, u, p and q less often; sums of a row are
// taken in the same order for any number.
constexpr Index kCombinedRows = 8, kUpdatedRows = 4;

/// v += sum of c_k B_k and u += sum of t_k B_k over R rows.
template <Index R>
void combine(const double* rows, const double* c, const double* t, Index stride, double* v,
             double* u) {
  Pack cs[R], ts[R];
  for (Index r = 0; r < R; ++r) cs[r] = broadcast(c[r]), ts[r] = broadcast(t[r]);
  for (Index l = 0; l < stride; l += kLanes) {
    Pack vl = load(v + l), ul = load(u + l);
    for (Index r = 0; r < R; ++r) {
      const Pack x = load(rows + r * stride + l);
      vl = multiply_add(cs[r], x, vl);
      ul = multiply_add(ts[r], x, ul);
    }
    store(v + l, vl);
    store(u + l, ul);
  }
}

/// The same over the rows [begin, end) of B.
void combine_rows(const PaddedMatrix& b, const double* c, const double* t, Index begin, Index end,
                  double* v, double* u) {
  Index k = begin;
  for (; k + kCombinedRows <= end; k += kCombinedRows)
    combine<kCombinedRows>(b.row(k), c + k, t + k, b.stride(), v, u);
  for (; k < end; ++k) combine<1>(b.row(k), c + k, t + k, b.stride(), v, u);
}

/// For R rows at once: B_j += alpha_j v (if Update), then the products with p and q.
template <bool Update, Index R>
void update_rows(double* rows, const double* alpha, const double* v, const double* p,
                 const double* q, Index stride, double* dot_p, double* dot_q) {
  Pack factors[R], ps[R] = {}, qs[R] = {};
  for (Index r = 0; r < R; ++r) factors[r] = broadcast(alpha[r]);
  for (Index l = 0; l < stride; l += kLanes) {
    const Pack vl = Update ? load(v + l) : Pack{}, pl = load(p + l), ql = load(q + l);
    for (Index r = 0; r < R; ++r) {
      Pack x = load(rows + r * stride + l);
      if constexpr (Update) {
        x = multiply_add(factors[r], vl, x);
        store(rows + r * stride + l, x);
      }
      ps[r] = multiply_add(x, pl, ps[r]);
      qs[r] = multiply_add(x, ql, qs[r]);
    }
  }
  for (Index r = 0; r < R; ++r) {
    dot_p[r] = sum(ps[r]);
    dot_q[r] = sum(qs[r]);
  }
}

}  // namespace

std::string endless_walk(Index agent) {
  return fmt::format(
      "interranking: agent {} bids nothing on itself and nothing that leads out of its group; the "
      "walk never ends",
      agent);
}

InterRanking::InterRanking(Index agents, PaddedMatrix* spare)
    : agents_(agents),
      pass_rows_(rows_a_pass(agents)),
      blocks_(block_count(agents, pass_rows_)),
      inverse_(agents, agents),
      workspace_(agents),
      own_spare_(spare ? 0 : agents, spare ? 0 : agents),
      spare_(spare),
      row_sums_(padded(agents)),
      visit_column_sums_(padded(agents)),
      reciprocal_(padded(agents)),
      dot_p_(padded(agents)),
      dot_q_(padded(agents)),
      column_(padded(agents)),
      alpha_(padded(agents)),
      v_(padded(agents)),
      weights_(padded(agents)),
      next_(padded(agents)),
      partial_v_(blocks_, agents),
      partial_u_(blocks_, agents) {}

void InterRanking::declare(State& state) {
  const auto carried = [](const char* name, const char* help) {
    return ArraySpec{{name, help, "1", {"agent"}}, Role::kCarried};
  };
  state.add({{"inverse", "B, less an update that is pending", "1", {"agent", "counterpart"}},
             Role::kCarried},
            inverse_);
  state.add(carried("inverse_row_sums", "b, row sums of B"), row_sums_);
  state.add(carried("reciprocal_row_sums", "1 / b"), reciprocal_);
  state.add(carried("visit_column_sums", "column sums of Q"), visit_column_sums_);
  state.add(carried("pending_alpha", "alpha of the pending update B += alpha v'"), alpha_);
  state.add(carried("pending_v", "v of the pending update"), v_);
  state.add({{"is_pending", "whether there is a pending update", "1", {}}, Role::kCarried},
            pending_);
  state.add(
      {{"updates_since_refresh", "rows replaced since B was made afresh", "1", {}}, Role::kCounter},
      updates_since_refresh_);
  state.add({{"refreshes", "how often B was made afresh", "1", {}}, Role::kCounter}, refreshes_);
}

void InterRanking::refresh(const PaddedMatrix& bids) {
  for_even_blocks(agents_, pass_rows_, [&](Index, Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      std::copy_n(bids.row(i), bids.stride(), inverse_.row(i));
      workspace_.slack[i] = bids(i, i);
    }
  });
  if (const Index bad = invert_m_matrix(inverse_, workspace_, spare_ ? *spare_ : own_spare_);
      bad >= 0)
    throw NumericError(endless_walk(bad));
  for_even_blocks(agents_, pass_rows_, [&](Index, Index begin, Index end) {
    for (Index k = begin; k < end; ++k) row_sums_[k] = sum(inverse_.row(k), inverse_.stride());
  });
  pending_ = false;
  column_agent_ = -1;
  updates_since_refresh_ = 0;
  ++refreshes_;
  sum_columns();
}

void InterRanking::sum_columns() {
  for (Index k = 0; k < agents_; ++k) reciprocal_[k] = 1.0 / row_sums_[k];
  double* const sums = visit_column_sums_.data();
  for_blocks(inverse_.stride(), kStripColumns, [&](Index, Index begin, Index end) {
    std::fill(sums + begin, sums + end, 0.0);
    for (Index k = 0; k < agents_; ++k) {
      const double* row = inverse_.row(k);
      const Pack t = broadcast(reciprocal_[k]);
      for (Index l = begin; l < end; l += kLanes)
        store(sums + l, multiply_add(t, load(row + l), load(sums + l)));
    }
  });
}

void InterRanking::replace_rows(const PaddedMatrix& bids, std::span<const Index> agents) {
  updates_since_refresh_ += static_cast<Index>(agents.size());
  if (updates_since_refresh_ > 4 * agents_) return refresh(bids);
  for (const Index agent : agents) {
    apply_pending();
    const double* row = bids.row(agent);
    if (row[agent] < kThinSlack || !first_pass(row, agent)) return refresh(bids);
  }
  if (!invariant_holds(bids, agents.back())) refresh(bids);
}

bool InterRanking::invariant_holds(const PaddedMatrix& bids, Index agent) const {
  double total = 0.0;
  for (Index l = 0; l < agents_; ++l)
    total += (inverse_(agent, l) + alpha_[agent] * v_[l]) * bids(l, l);
  return std::fabs(total - 1.0) < kAlarm;
}

bool InterRanking::revise(const double* row, Index agent, Revision& out) {
  // An update subtracts what walks were long by, and rounds by 1e-16 of that.
  if (*std::max_element(row_sums_.data(), row_sums_.data() + agents_) > kLongestWalk) return false;
  // 1. The column of B that the update is made of, and what it does to the row sums.
  if (column_agent_ != agent) {
    for (Index k = 0; k < agents_; ++k) column_[k] = inverse_(k, agent);
    column_agent_ = agent;
  }
  std::copy_n(row, inverse_.stride(), weights_.data());
  weights_[agent] = -1.0;  // a_i = -weights: one on the diagonal, minus the bids elsewhere
  const double a_column = -dot(weights_.data(), column_.data(), inverse_.stride());
  const double sigma = 1.0 + dot(weights_.data(), row_sums_.data(), inverse_.stride());
  if (!(a_column > 0.0) || !std::isfinite(sigma / a_column)) return false;
  out.pivot = a_column / column_[agent];
  const double scale = 1.0 / a_column;
  for (Index k = 0; k < inverse_.stride(); k += kLanes) {
    const Pack alpha = load(column_.data() + k) * scale;
    const Pack sums = load(row_sums_.data() + k) + alpha * sigma;
    store(out.alpha.data() + k, alpha);
    store(out.row_sums.data() + k, sums);
    store(out.reciprocal.data() + k, 1.0 / sums);
  }
  for (Index k = agents_; k < inverse_.stride(); ++k) out.reciprocal[k] = 0.0;
  // 2. v = e_i - a_i B and u = B^T (1 / b), in one pass; the blocks are folded in order.
  for_even_blocks(agents_, pass_rows_, [&](Index block, Index begin, Index end) {
    double *v = partial_v_.row(block), *u = partial_u_.row(block);
    std::fill_n(v, inverse_.stride(), 0.0);
    std::fill_n(u, inverse_.stride(), 0.0);
    combine_rows(inverse_, weights_.data(), out.reciprocal.data(), begin, end, v, u);
  });
  const double gain = dot(out.alpha.data(), out.reciprocal.data(), inverse_.stride());
  for (Index l = 0; l < inverse_.stride(); l += kLanes) {
    Pack v = load(partial_v_.row(0) + l), u = load(partial_u_.row(0) + l);
    for (Index block = 1; block < blocks_; ++block) {
      v += load(partial_v_.row(block) + l);
      u += load(partial_u_.row(block) + l);
    }
    if (agent >= l && agent < l + kLanes) v[agent - l] += 1.0;
    store(out.v.data() + l, v);
    store(out.visit_column_sums.data() + l, multiply_add(v, broadcast(gain), u));
  }
  return true;
}

bool InterRanking::first_pass(const double* row, Index agent) {
  if (!revise(row, agent, next_)) return false;
  // Copied, not swapped: the table of the trial's arrays knows them by where they lie.
  const auto take = [](AlignedBuffer& to, const AlignedBuffer& from) {
    std::copy_n(from.data(), from.size(), to.data());
  };
  take(alpha_, next_.alpha);
  take(v_, next_.v);
  take(row_sums_, next_.row_sums);
  take(reciprocal_, next_.reciprocal);
  take(visit_column_sums_, next_.visit_column_sums);
  pending_ = true;
  column_agent_ = -1;
  return true;
}

bool InterRanking::look_ahead(const double* row, Index agent, double* visits, double* visit_sums) {
  apply_pending();
  if (!revise(row, agent, next_) || next_.pivot < kThinPivot) return false;
  const Pack alpha = broadcast(next_.alpha[agent]), t = broadcast(next_.reciprocal[agent]);
  for (Index l = 0; l < inverse_.stride(); l += kLanes)
    store(visits + l,
          multiply_add(alpha, load(next_.v.data() + l), load(inverse_.row(agent) + l)) * t);
  std::copy_n(next_.visit_column_sums.data(), inverse_.stride(), visit_sums);
  return true;
}

bool InterRanking::look_ahead(const double* row, Index agent, PaddedMatrix& visits) {
  apply_pending();
  if (!revise(row, agent, next_) || next_.pivot < kThinPivot) return false;
  for (Index k = 0; k < agents_; ++k) {
    const Pack alpha = broadcast(next_.alpha[k]), t = broadcast(next_.reciprocal[k]);
    for (Index l = 0; l < inverse_.stride(); l += kLanes)
      store(visits.row(k) + l,
            multiply_add(alpha, load(next_.v.data() + l), load(inverse_.row(k) + l)) * t);
  }
  return true;
}

void InterRanking::visits_row(Index k, double* out) const {
  const double* row = inverse_.row(k);
  const Pack t = broadcast(1.0 / row_sums_[k]);
  const Pack alpha = broadcast(pending_ ? alpha_[k] : 0.0);
  for (Index l = 0; l < inverse_.stride(); l += kLanes)
    store(out + l, multiply_add(alpha, load(v_.data() + l), load(row + l)) * t);
}

void InterRanking::visits(PaddedMatrix& out) {
  apply_pending();
  for_even_blocks(agents_, pass_rows_, [&](Index, Index begin, Index end) {
    for (Index k = begin; k < end; ++k) visits_row(k, out.row(k));
  });
}

void InterRanking::products(Index k, const double* p, const double* q) {
  const Index stride = inverse_.stride();
  const auto pass = [&]<bool Update>() {
    for_even_blocks(agents_, pass_rows_, [&](Index, Index begin, Index end) {
      Index j = begin;
      const auto update = [&]<Index R>() {
        for (; j + R <= end; j += R)
          update_rows<Update, R>(inverse_.row(j), alpha_.data() + j, v_.data(), p, q, stride,
                                 dot_p_.data() + j, dot_q_.data() + j);
      };
      update.template operator()<kUpdatedRows>();
      update.template operator()<1>();
      for (j = begin; j < end; ++j) column_[j] = inverse_(j, k);
    });
  };
  if (pending_)
    pass.template operator()<true>();
  else
    pass.template operator()<false>();
  pending_ = false;
  column_agent_ = k;
}

void InterRanking::apply_pending() {
  if (!pending_) return;
  for_even_blocks(agents_, pass_rows_, [&](Index, Index begin, Index end) {
    for (Index j = begin; j < end; ++j) {
      double* row = inverse_.row(j);
      const Pack alpha = broadcast(alpha_[j]);
      for (Index l = 0; l < inverse_.stride(); l += kLanes)
        store(row + l, multiply_add(alpha, load(v_.data() + l), load(row + l)));
    }
  });
  pending_ = false;
}

const PaddedMatrix& InterRanking::inverse() {
  apply_pending();
  return inverse_;
}

}  // namespace gbid::bid_matrix
