// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// gradients.cpp, of eight trials at once: there is the derivation, and what the steps are for.
#include <algorithm>
#include <limits>

#include "engine/core/error.hpp"
#include "scenarios/bid_matrix/bids.hpp"
#include "scenarios/bid_matrix/lanes/bid_matrix_lanes.hpp"
#include "scenarios/bid_matrix/scratch.hpp"

namespace gbid::bid_matrix {
namespace {

/// An n x n matrix of Wides, as it is or transposed.
struct LaneFactor {
  const WideInMemory* values;
  Index row_step, column_step;
};

/// Rows [i, i + R) and columns [j, j + C) of A B, sums in the order of `ordered_product`.
template <Index R, Index C>
void lane_tile(LaneFactor a, LaneFactor b, Index n, Index i, Index j, WideInMemory* out) {
  const WideInMemory* left = a.values + i * a.row_step;
  const WideInMemory* right = b.values + j * b.column_step;
  Wide sums[R][C] = {};
  for (Index k = 0; k < n; ++k, left += a.column_step, right += b.row_step)
    for (Index r = 0; r < R; ++r)
      for (Index c = 0; c < C; ++c)
        sums[r][c] = multiply_add(left[r * a.row_step], right[c * b.column_step], sums[r][c]);
  for (Index r = 0; r < R; ++r)
    for (Index c = 0; c < C; ++c) out[(i + r) * n + j + c] = sums[r][c];
}

/// C = A B.
void lane_product(LaneFactor a, LaneFactor b, Index n, WideInMemory* out) {
  const auto strip = [&]<Index R>(Index i) {
    Index j = 0;
    for (; j + 4 <= n; j += 4) lane_tile<R, 4>(a, b, n, i, j, out);
    for (; j + 2 <= n; j += 2) lane_tile<R, 2>(a, b, n, i, j, out);
    if (j < n) lane_tile<R, 1>(a, b, n, i, j, out);
  };
  Index i = 0;
  for (; i + 4 <= n; i += 4) strip.template operator()<4>(i);
  for (; i + 2 <= n; i += 2) strip.template operator()<2>(i);
  if (i < n) strip.template operator()<1>(i);
}

LaneFactor plain(const WideBuffer& x, Index n) { return {x.data(), n, 1}; }
LaneFactor transposed(const WideBuffer& x, Index n) { return {x.data(), 1, n}; }

bool is_zero(Wide x) {
  for (Index lane = 0; lane < kWideLanes; ++lane)
    if (x[lane] != 0.0) return false;
  return true;
}

}  // namespace

LaneRow BidMatrixLanes::look(const LaneAgents& agents, bool with_visits) {
  looked_at_ = agents;
  const WideInMemory* bids = row_of(bids_, agents, n_, bids_row_.data());
  mask_in_lanes(first().config_.bids.mask, bids, shift_.data(), n_, mask_.data(), slope_.data());
  if (with_visits) interranking_.visits_row(agents, visits_row_.data());
  return {looked_at_, bids, mask_.data(), with_visits ? visits_row_.data() : nullptr};
}

void BidMatrixLanes::clear_row_partials() {
  for (WideInMemory* part : {partials_.mask, partials_.bids, partials_.visits})
    std::fill_n(part, n_, Wide{});
}

void BidMatrixLanes::clear_sum_partials() {
  for (WideInMemory* part : {partials_.bid_sums, partials_.visit_sums})
    std::fill_n(part, n_, Wide{});
}

/// What an agent's own bids do but for the inter-ranking.
void BidMatrixLanes::add_direct(WideInMemory* out) const {
  const WideInMemory *mask = d_mask_.data(), *slope = slope_.data(),
                     *feedback = shift_feedback_.data(), *bids = d_bids_.data(),
                     *sums = d_bid_sums_.data();
  for (Index j = 0; j < n_; ++j) {
    const Wide through_mask = mask[j] * slope[j] * feedback[j];
    out[j] = bids[j] + sums[j] + through_mask;
  }
}

void BidMatrixLanes::own_gradient_row(const LaneAgents& agents, WideInMemory* out) {
  const LaneRow row = look(agents, has_interranking_);
  clear_row_partials();
  clear_sum_partials();
  for (Item& item : items_)
    item.term->add_partials(columns(), row, pick(item.weights.data(), agents), partials_);
  add_direct(out);
  if (!has_interranking_) return;

  const Wide own_visits = pick(row.visits, agents),
             visits_sum = pick(interranking_.visit_column_sums(), agents);
  interranking_.products(agents, d_visits_.data(), d_visit_sums_.data());
  const WideInMemory *dot_p = interranking_.dot_p(), *dot_q = interranking_.dot_q();
  const WideInMemory *column = interranking_.column(), *b = interranking_.row_sums();
  const WideInMemory* t = interranking_.reciprocal_row_sums();
  const Wide kappa = sum_entries(n_, [&](Index k, Wide added) {
    return multiply_add(column[k] * t[k], dot_q[k] * t[k], added);
  });
  const Wide tau = own_visits * pick(dot_p, agents) * pick(t, agents) + kappa;
  const Wide on_itself = pick(out, agents);
  for (Index j = 0; j < n_; ++j) {
    const Wide back = own_visits * dot_p[j] + visits_sum * dot_q[j] - b[j] * tau;
    out[j] = out[j] + back;
  }
  put(out, agents, on_itself);
}

void BidMatrixLanes::own_gradients(WideInMemory* all) {
  if (has_interranking_) {
    interranking_.apply_pending();
    for (Index k = 0; k < n_; ++k)
      interranking_.visits_row(LaneAgents::all(k), visits_.data() + k * n_);
    lane_product(transposed(visits_, n_), plain(visits_, n_), n_, t_.data());
  }
  for (Index i = 0; i < n_; ++i) {
    const LaneRow row = look(LaneAgents::all(i), has_interranking_);
    clear_row_partials();
    clear_sum_partials();
    for (Item& item : items_)
      if (!is_zero(item.weights[i]))
        item.term->add_partials(columns(), row, item.weights[i], partials_);
    WideInMemory* const out = all + i * n_;
    add_direct(out);
    if (!has_interranking_) continue;
    const Wide own_visits = row.visits[i], visits_sum = interranking_.visit_column_sums()[i];
    tau_[i] = own_visits * lane_dot(d_visits_.data(), row.visits, n_) +
              lane_dot(t_.data() + i * n_, d_visit_sums_.data(), n_);
    WideInMemory* const z = z_.data() + i * n_;
    const WideInMemory *p = d_visits_.data(), *q = d_visit_sums_.data();
    for (Index l = 0; l < n_; ++l) z[l] = own_visits * p[l] + visits_sum * q[l];
  }
  if (!has_interranking_) return;
  lane_product(plain(z_, n_), transposed(visits_, n_), n_, t_.data());
  const WideInMemory* b = interranking_.row_sums();
  for (Index i = 0; i < n_; ++i) {
    WideInMemory* const out = all + i * n_;
    const WideInMemory* const back = t_.data() + i * n_;
    const Wide on_itself = out[i], tau = tau_[i];
    for (Index j = 0; j < n_; ++j) out[j] = out[j] + b[j] * (back[j] - tau);
    out[i] = on_itself;
  }
}

void BidMatrixLanes::common_gradient(const Aim& aim, WideInMemory* all) {
  const double share = 1.0 / static_cast<double>(n_);
  for (Item& item : items_)
    for (Index k = 0; k < n_; ++k)
      item.scaled[k] = aim.objective == Objective::kMeanUtility
                           ? wide(item.is_utility ? share : 0.0)
                           : share * item.weights[k];
  weighted_gradient(all);
}

void BidMatrixLanes::weighted_gradient(WideInMemory* all) {
  // 1. Partials of every agent. The sums' are collected in blocks of kAgentRows agents, and these
  // added up.
  const bool shift_moves = first().shift_moves_;
  WideInMemory *const total_bids = folded_.data(), *const total_visits = folded_.data() + n_;
  for (Index i = 0; i < n_; ++i) {
    if (i % kAgentRows == 0) clear_sum_partials();
    const LaneRow row = look(LaneAgents::all(i), has_interranking_);
    clear_row_partials();
    for (Item& item : items_)
      if (!is_zero(item.scaled[i]))
        item.term->add_partials(columns(), row, item.scaled[i], partials_);
    WideInMemory* const out = all + i * n_;
    const WideInMemory *mask = d_mask_.data(), *slope = slope_.data(), *bids = d_bids_.data(),
                       *feedback = shift_feedback_.data(), *visits = d_visits_.data();
    WideInMemory *const sums = d_bid_sums_.data(), *const z = z_.data() + i * n_;
    for (Index j = 0; j < n_; ++j) {
      const Wide through_mask = mask[j] * slope[j];
      out[j] = bids[j] + through_mask;
      if (shift_moves) sums[j] = sums[j] - through_mask * (1.0 - feedback[j]);
    }
    if (has_interranking_)
      for (Index l = 0; l < n_; ++l) z[l] = visits[l];
    if ((i + 1) % kAgentRows != 0 && i + 1 < n_) continue;
    const bool is_first = i < kAgentRows;
    for (Index j = 0; j < n_; ++j) {
      total_bids[j] = is_first ? d_bid_sums_[j] : total_bids[j] + d_bid_sums_[j];
      total_visits[j] = is_first ? d_visit_sums_[j] : total_visits[j] + d_visit_sums_[j];
    }
  }
  for (Index i = 0; i < n_; ++i) {
    WideInMemory* const out = all + i * n_;
    for (Index j = 0; j < n_; ++j) out[j] = out[j] + total_bids[j];
  }
  // 2. Back through the inter-ranking.
  if (has_interranking_) back_through_interranking(all);
}

void BidMatrixLanes::back_through_interranking(WideInMemory* all) {
  interranking_.apply_pending();
  const WideBuffer& inverse = interranking_.inverse();
  const WideInMemory *t = interranking_.reciprocal_row_sums(), *shared = folded_.data() + n_;
  for (Index k = 0; k < n_; ++k) {
    WideInMemory* const row = z_.data() + k * n_;
    for (Index l = 0; l < n_; ++l) row[l] = row[l] + shared[l];
    const Wide mean = lane_dot(row, inverse.data() + k * n_, n_) * t[k];
    const Wide scale = t[k];
    for (Index l = 0; l < n_; ++l) row[l] = (row[l] - mean) * scale;
  }
  lane_product(plain(z_, n_), transposed(inverse, n_), n_, t_.data());
  lane_product(transposed(inverse, n_), plain(t_, n_), n_, z_.data());
  for (Index i = 0; i < n_; ++i) {
    WideInMemory* const out = all + i * n_;
    const WideInMemory* const back = z_.data() + i * n_;
    const Wide on_itself = out[i];
    for (Index j = 0; j < n_; ++j) out[j] = out[j] + back[j];
    out[i] = on_itself;
  }
}

void BidMatrixLanes::pull_back(const LaneAgents& agents, WideInMemory* gradient) {
  const WideInMemory* bids = row_of(bids_, agents, n_, bids_row_.data());
  const Wide total = pick(bid_totals_.data(), agents);
  const Wide mean = lane_dot(gradient, bids, n_), scale = 1.0 / total;
  const Wide zero{}, one = wide(1.0);
  switch (first().config_.bids.squash) {
    case Squash::kSigmoid:
      for (Index j = 0; j < n_; ++j)
        gradient[j] = bids[j] * (1.0 - bids[j] * total) * (gradient[j] - mean);
      break;
    case Squash::kSoftmax:
      for (Index j = 0; j < n_; ++j) gradient[j] = bids[j] * (gradient[j] - mean);
      break;
    case Squash::kClip: {
      const WideInMemory* const raw = raw_row(agents);
      for (Index j = 0; j < n_; ++j) {
        const Wide x = raw[j];
        const Wide sign = choose(greater(bids[j], zero), one, zero);
        const WideIntegers outside = greater(zero, x) | greater(x, one);
        gradient[j] = choose(outside, zero, (gradient[j] - sign * mean) * scale);
      }
      break;
    }
  }
}

void BidMatrixLanes::differentiate(const Aim& aim, BlockMovers movers, WideInMemory* gradients,
                                   std::span<std::string> failures) {
  const LaneSet lanes = lanes_with(movers, failures);
  if (lanes == 0) return;
  const Movers& some = some_movers(movers, lanes);
  prepare_terms();
  const bool wants_every_row = aim.is_common() || some.count() > few(n_);
  WideInMemory* const all = some.is_everyone ? gradients : gradient_.data();
  if (wants_every_row) {
    if (aim.is_common())
      common_gradient(aim, all);
    else
      own_gradients(all);
  }
  WideIntegers is_finite = condition_of(lanes);
  for (Index r = 0; r < some.count(); ++r) {
    const LaneAgents agents = movers_at(movers, r, lanes);
    WideInMemory* const row = gradients + r * n_;
    if (!wants_every_row)
      own_gradient_row(agents, row);
    else if (!some.is_everyone)
      copy_row(all, agents, n_, row);
    pull_back(agents, row);
    const Wide total = lane_sum(row, n_), infinity = wide(std::numeric_limits<double>::infinity());
    is_finite &= greater(infinity, total) & greater(total, -infinity);
  }
  // The trial's own game says which term it was: it fails in the same way.
  for (LaneSet failed = lanes & ~set_of(is_finite); failed != 0; failed &= failed - 1) {
    const auto lane = static_cast<std::size_t>(__builtin_ctz(failed));
    give(static_cast<Index>(lane));
    PaddedMatrix unused(movers[lane].count(), n_);
    try {
      games_[lane]->differentiate(aim, movers[lane], unused);
      throw Error(ExitCode::kInternal, "a gradient that is finite alone is not among others");
    } catch (const NumericError& error) {
      failures[lane] = error.what();
    }
  }
}

}  // namespace gbid::bid_matrix
