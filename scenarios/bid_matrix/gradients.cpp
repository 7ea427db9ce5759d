// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// The pseudo-gradients of the bid-matrix market in closed form.
//
// Notation: Q = rownorm(B) with B = (I - W + diag W)^-1; b = B 1 the row sums of B; c = 1'Q the
// column sums of Q; p.q the inner product of two rows. Q does not depend on W_ii.
//
// 1. One bid. For j != i the inverse changes by dB = B e_i e_j' B dW_ij, hence
//      dQ_kl / dW_ij = Q_ki b_j (Q_jl - Q_kl).
//
// 2. Own payoffs. P_i depends on the agent's own row of Q and on the column sums c. With
//    p_i = dP_i / dQ_i. and q_i = dP_i / dc,
//      dP_i / dW_ij = b_j { Q_ii [(Q p_i)_j - p_i.Q_i] + c_i (Q q_i)_j - sum_l (Q'Q)_il q_il }.
//    One mover: two products with the rows of B (`InterRanking::products`), O(n^2).
//    All movers: with Z_i = Q_ii p_i + c_i q_i and tau_i = Q_ii p_i.Q_i + (Q'Q)_i.q_i the braces are
//      (Z Q')_ij - tau_i,
//    in all 2 n^3 (inverse) + n^3 (Q'Q) + 2 n^3 (Z Q') flops, never one reverse pass per agent.
//
// 3. The common payoff J = sum_k w_k P_k, by one reverse pass of 2 n^3 (inverse) + 4 n^3 flops:
//      Qbar_kl     = w_k p_kl + sum_i w_i q_il
//      Bbar_kl     = (Qbar_kl - Qbar_k.Q_k) / b_k
//      dJ / dW_ij  = (B' Bbar B')_ij                     for j != i
//
// On a graph that is not complete these are derivatives with respect to every W_ij, also where i
// may not bid on j; `pull_back_squash` leaves those out.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/core/error.hpp"
#include "engine/math/ordered_product.hpp"
#include "engine/math/pack.hpp"
#include "engine/math/product.hpp"
#include "engine/math/vector_math.hpp"
#include "engine/stepping/blocks.hpp"
#include "scenarios/bid_matrix/bids.hpp"
#include "scenarios/bid_matrix/scratch.hpp"

namespace gbid::bid_matrix {

namespace {

/// C = A B, or with factors transposed.
void multiply(Factor a, Factor b, PaddedMatrix& c) {
  if (c.rows() <= kSmallProduct) return ordered_product(a, b, c);
  const auto left = as_eigen(a.matrix), right = as_eigen(b.matrix);
  if (a.is_transposed)
    product(as_eigen(c), left.transpose(), right);
  else if (b.is_transposed)
    product(as_eigen(c), left, right.transpose());
  else
    product(as_eigen(c), left, right);
}

/// Q'Q. Of large ones only the blocks on and below the diagonal are computed.
void gram(const PaddedMatrix& visits, PaddedMatrix& out) {
  const Index n = visits.rows();
  if (n <= kSmallProduct) return ordered_product({visits, true}, {visits}, out);
  const auto q = as_eigen(visits);
  auto all = as_eigen(out);
  constexpr Tile kTile{128, 128};
  for_tiles(n, n, kTile, [&](Index i, Index rows, Index j, Index columns) {
    if (j > i) return;
    all.block(i, j, rows, columns).noalias() =
        q.middleCols(i, rows).transpose() * q.middleCols(j, columns);
  });
  for_tiles(n, n, kTile, [&](Index i, Index rows, Index j, Index columns) {
    if (j > i) all.block(i, j, rows, columns) = all.block(j, i, columns, rows).transpose();
    if (j != i) return;
    for (Index k = i; k < i + rows; ++k)
      for (Index l = k + 1; l < i + rows; ++l) out(k, l) = out(l, k);
  });
}

}  // namespace

void BidMatrixGame::add_item_partials(const Columns& state, const Row& row,
                                      const Partials& partials) const {
  for (const Item& item : items_)
    if (item.scaled[row.agent] != 0.0)
      item.term->add_partials(state, row, item.scaled[row.agent], partials);
}

void BidMatrixGame::own_gradient_row(Index agent, double* out) {
  const Scratch rows = scratch(0);
  const Row row = look(agent, rows, price_needs_interranking_);
  rows.clear_row_partials();
  rows.clear_sum_partials();
  const Columns state = columns();
  for (const Item& item : items_)
    item.term->add_partials(state, row, item.weights[agent], rows.partials);

  const Partials& d = rows.partials;
  for (Index j = 0; j < stride_; j += kLanes) {
    const Pack through_mask =
        load(d.mask + j) * load(rows.slope + j) * load(shift_feedback_.data() + j);
    store(out + j, load(d.bids + j) + load(d.bid_sums + j) + through_mask);
  }
  if (!price_needs_interranking_) return;

  interranking_.products(agent, d.visits, d.visit_sums);
  const double *dot_p = interranking_.dot_p(), *dot_q = interranking_.dot_q();
  const double *column = interranking_.column(), *b = interranking_.row_sums();
  const double own_visits = row.visits[agent], visits_sum = state.visit_sums[agent];
  const double* t = interranking_.reciprocal_row_sums();
  Pack kappa{};
  for (Index k = 0; k < stride_; k += kLanes)
    kappa = multiply_add(load(column + k) * load(t + k), load(dot_q + k) * load(t + k), kappa);
  const double tau = own_visits * dot_p[agent] * t[agent] + sum(kappa);
  const double on_itself = out[agent];
  for (Index j = 0; j < stride_; j += kLanes) {
    const Pack back =
        own_visits * load(dot_p + j) + visits_sum * load(dot_q + j) - load(b + j) * tau;
    store(out + j, load(out + j) + back);
  }
  out[agent] = on_itself;
}

void BidMatrixGame::own_gradients(PaddedMatrix& out) {
  // 1. What the softmax over agents does to a term's own derivative: a factor D_i here, the rest in
  // step 5.
  for (Item& item : items_) {
    const bool is_softmax = item.is_softmax;
    if (is_softmax) softmax_values(item, softmax_.data());
    for (Index i = 0; i < n_; ++i)
      item.scaled[i] = item.weights[i] * (is_softmax ? softmax_[i] : 1.0);
  }
  // 2. Q and Q'Q.
  if (price_needs_interranking_) {
    interranking_.visits(visits_);
    gram(visits_, t_);
  }
  // 3. Every agent's partials: the direct part goes to `out`, the rest to Z and tau.
  const Columns state = columns();
  for_blocks(n_, kAgentRows, [&](Index block, Index begin, Index end) {
    const Scratch rows = scratch(block);
    const Partials& d = rows.partials;
    for (Index i = begin; i < end; ++i) {
      const Row row = look(i, rows, price_needs_interranking_);
      rows.clear_row_partials();
      rows.clear_sum_partials();
      add_item_partials(state, row, d);
      for (Index j = 0; j < stride_; j += kLanes) {
        const Pack through_mask =
            load(d.mask + j) * load(rows.slope + j) * load(shift_feedback_.data() + j);
        store(out.row(i) + j, load(d.bids + j) + load(d.bid_sums + j) + through_mask);
      }
      if (!price_needs_interranking_) continue;
      const double own_visits = row.visits[i], visits_sum = state.visit_sums[i];
      tau_[i] =
          own_visits * dot(d.visits, row.visits, stride_) + dot(t_.row(i), d.visit_sums, stride_);
      for (Index l = 0; l < stride_; l += kLanes)
        store(z_.row(i) + l, own_visits * load(d.visits + l) + visits_sum * load(d.visit_sums + l));
    }
  });
  // 4. Back through the inter-ranking.
  if (price_needs_interranking_) {
    multiply({z_}, {visits_, true}, t_);
    const double* b = interranking_.row_sums();
    for_blocks(n_, kAgentRows, [&](Index, Index begin, Index end) {
      for (Index i = begin; i < end; ++i) {
        double* row = out.row(i);
        const double on_itself = row[i];
        for (Index j = 0; j < stride_; j += kLanes)
          store(row + j, load(row + j) + load(b + j) * (load(t_.row(i) + j) - tau_[i]));
        row[i] = on_itself;
      }
    });
  }
  // 5. dD_i = D_i (dC_i - sum_k D_k dC_k): the second part is a common gradient.
  for (const Item& item : items_)
    if (item.is_softmax) subtract_softmax_feedback(item, out);
}

void BidMatrixGame::subtract_softmax_feedback(const Item& softmax_item, PaddedMatrix& out) {
  softmax_values(softmax_item, softmax_.data());
  for (Item& item : items_)
    for (Index k = 0; k < n_; ++k) item.scaled[k] = &item == &softmax_item ? softmax_[k] : 0.0;
  weighted_gradient(feedback_);
  for (Index i = 0; i < n_; ++i) {
    const Pack factor = broadcast(softmax_item.weights[i] * softmax_[i]);
    for (Index j = 0; j < stride_; j += kLanes)
      store(out.row(i) + j, load(out.row(i) + j) - factor * load(feedback_.row(i) + j));
  }
}

void BidMatrixGame::softmax_values(const Item& item, double* out) {
  const Columns state = columns();
  for_blocks(n_, kAgentRows, [&](Index block, Index begin, Index end) {
    const Scratch rows = scratch(block);
    for (Index i = begin; i < end; ++i)
      out[i] = item.term->value(state, look(i, rows, interranking_is_current_));
  });
  softmax_in_place(out, n_);
}

void BidMatrixGame::common_gradient(const Aim& aim, PaddedMatrix& out) {
  // The share of every agent's payoff in what is maximised.
  const bool is_of_group = aim.objective == Objective::kGroupPayoff && !aim.members.empty();
  const auto count =
      is_of_group ? static_cast<double>(aim.members.size()) : static_cast<double>(n_);
  const double share = 1.0 / count;
  std::fill_n(shares_.data(), n_, is_of_group ? 0.0 : share);
  if (is_of_group)
    for (const Index k : aim.members) shares_[k] = share;
  for (Item& item : items_) {
    if (aim.objective == Objective::kMeanUtility) {
      for (Index k = 0; k < n_; ++k) item.scaled[k] = item.is_utility ? share : 0.0;
      continue;
    }
    for (Index k = 0; k < n_; ++k) item.scaled[k] = shares_[k] * item.weights[k];
    if (!item.is_softmax) continue;
    // sum_k w_k dD_k = sum_k D_k (w_k - w.D) dC_k
    softmax_values(item, softmax_.data());
    double mean = 0.0;
    for (Index k = 0; k < n_; ++k) mean += softmax_[k] * item.scaled[k];
    for (Index k = 0; k < n_; ++k) item.scaled[k] = softmax_[k] * (item.scaled[k] - mean);
  }
  weighted_gradient(out);
}

void BidMatrixGame::weighted_gradient(PaddedMatrix& out) {
  // 1. Partials of every agent. The sums' partials and the mask's feed every row: collected per
  // block, folded in order.
  const Columns state = columns();
  for_blocks(n_, kAgentRows, [&](Index block, Index begin, Index end) {
    const Scratch rows = scratch(block);
    const Partials& d = rows.partials;
    rows.clear_sum_partials();
    for (Index i = begin; i < end; ++i) {
      const Row row = look(i, rows, price_needs_interranking_);
      rows.clear_row_partials();
      add_item_partials(state, row, d);
      for (Index j = 0; j < stride_; j += kLanes) {
        const Pack through_mask = load(d.mask + j) * load(rows.slope + j);
        store(out.row(i) + j, load(d.bids + j) + through_mask);
        if (shift_moves_)
          store(d.bid_sums + j,
                load(d.bid_sums + j) - through_mask * (1.0 - load(shift_feedback_.data() + j)));
      }
      if (price_needs_interranking_) std::copy_n(d.visits, stride_, z_.row(i));
    }
  });
  const Scratch total = scratch(0);
  for (Index block = 1; block < block_count(n_, kAgentRows); ++block) {
    const Partials d = scratch(block).partials;
    for (Index j = 0; j < stride_; j += kLanes) {
      store(total.partials.bid_sums + j, load(total.partials.bid_sums + j) + load(d.bid_sums + j));
      store(total.partials.visit_sums + j,
            load(total.partials.visit_sums + j) + load(d.visit_sums + j));
    }
  }
  for_blocks(n_, kAgentRows, [&](Index, Index begin, Index end) {
    for (Index i = begin; i < end; ++i)
      for (Index j = 0; j < stride_; j += kLanes)
        store(out.row(i) + j, load(out.row(i) + j) + load(total.partials.bid_sums + j));
  });
  // 2. Back through the inter-ranking.
  if (price_needs_interranking_) back_through_interranking(out);
}

void BidMatrixGame::back_through_interranking(PaddedMatrix& out) {
  const PaddedMatrix& inverse = interranking_.inverse();
  const double* t = interranking_.reciprocal_row_sums();
  const double* shared = scratch(0).partials.visit_sums;
  for_blocks(n_, kAgentRows, [&](Index, Index begin, Index end) {
    for (Index k = begin; k < end; ++k) {
      double* row = z_.row(k);
      for (Index l = 0; l < stride_; l += kLanes) store(row + l, load(row + l) + load(shared + l));
      const double mean = dot(row, inverse.row(k), stride_) * t[k];  // Qbar_k . Q_k
      const Pack scale = broadcast(t[k]);
      for (Index l = 0; l < stride_; l += kLanes) store(row + l, (load(row + l) - mean) * scale);
      clear_tail(row, n_, stride_);
    }
  });
  multiply({z_}, {inverse, true}, t_);
  multiply({inverse, true}, {t_}, z_);
  for_blocks(n_, kAgentRows, [&](Index, Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      z_(i, i) = 0.0;
      for (Index j = 0; j < stride_; j += kLanes)
        store(out.row(i) + j, load(out.row(i) + j) + load(z_.row(i) + j));
    }
  });
}

void BidMatrixGame::finish_gradient(Index agent, double* gradient) {
  pull_back_squash(config_.bids.squash, raw_.row(agent), allowed(agent), bids_.row(agent),
                   bid_totals_[agent], n_, stride_, gradient);
  if (std::isfinite(sum(gradient, stride_))) return;
  // Which term it was, found out only now: a value that is not finite, or else a derivative.
  std::string culprit = "the payoff";
  const Scratch rows = scratch(0);
  const Row row = look(agent, rows, interranking_is_current_);
  for (const Item& item : items_) {
    rows.clear_row_partials();
    rows.clear_sum_partials();
    item.term->add_partials(columns(), row, 1.0, rows.partials);
    const Partials& d = rows.partials;
    double total = item.term->value(columns(), row);
    for (const double* part : {d.mask, d.bids, d.bid_sums, d.visits, d.visit_sums})
      total += sum(part, stride_);
    if (!std::isfinite(total)) culprit = item.entry->name;
  }
  throw NumericError(fmt::format("{}: the gradient of agent {} is not finite", culprit, agent));
}

}  // namespace gbid::bid_matrix
