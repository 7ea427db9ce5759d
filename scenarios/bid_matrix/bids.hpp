// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <string>
#include <vector>

#include "engine/math/wide.hpp"
#include "scenarios/bid_matrix/config.hpp"

namespace gbid::bid_matrix {

/// Sets what lies behind the first `count` values of a padded row to zero.
inline void clear_tail(double* row, Index count, Index stride) {
  for (Index j = count; j < stride; ++j) row[j] = 0.0;
}

/// x_i = e^(x_i) / sum_k e^(x_k), in place.
void softmax_in_place(double* values, Index count);

/// Bids of one agent: W_j = s_j / S with s = squash(raw) and S = sum_k |s_k|.
/// sigmoid: 1/(1+e^-x); clip: x cut to [0, 1]; softmax: e^(x - max).
/// @param raw, bids (n, padded).  @param allowed (n, padded) 1 where the bid exists, 0 where it
/// does not: s is zero there, and the softmax's max is over bids that exist; null: all exist.
/// @return S.
/// @throws NumericError naming the agent if S is zero or not finite (every clipped bid is zero).
double squash_row(Squash squash, const double* raw, const double* allowed, Index agent,
                  Index agents, Index stride, double* bids);

/// Why an agent's shares are undefined: what it bids in all.
std::string undefined_shares(Index agent, double total);

/// Pulls a gradient with respect to an agent's bids back to its raw bids:
///   dP/ds_k = (g_k - sign(s_k) sum_l g_l W_l) / S, times ds_k/draw_k.
/// At the kinks: clip has slope 1 on the closed interval [0, 1], sign(0) = 0.
/// @param allowed as in `squash_row`; bids that do not exist have gradient zero, whatever is passed
/// in. @param gradient (n, padded) in: dP/dW_j; out: dP/draw_j.
void pull_back_squash(Squash squash, const double* raw, const double* allowed, const double* bids,
                      double total, Index agents, Index stride, double* gradient);

/// The share that raw bids can give instead of this one: zero is infinitely far away in them, but
/// for the clip, and becomes 1e-300.
double attainable_share(Squash squash, double share);

/// Raw bids that give these shares, as far as they are attainable; under the sigmoid those with
/// s_j = W_j / 2, which keeps its slope away from zero at the top.
/// @param bids (n) W, not negative, of sum one; bids that do not exist are zero. @param raw (n).
void raw_from_shares(Squash squash, const double* bids, Index agents, double* raw);

/// Mask of one agent, M_j = mask(W_j - shift_j), and its slope.
/// relu: max(x, 0); hard: 10 max(x, 0) cut to [0, 1]; sigmoid: 1/(1+e^-x); relu6: min(max(x, 0),
/// 6). At the kinks: relu has slope 0 at 0, hard 0 at x = 0 and 10 at 10 x = 1, relu6 0 at 0 and 6.
/// Bids that do not exist have mask and slope zero.
/// @param shift (n, padded). @param allowed as in `squash_row`. @param mask, slope (n, padded);
/// slope may be null.
void mask_row(Mask mask, const double* bids, const double* shift, const double* allowed,
              Index agents, Index stride, double* out, double* slope);

/// Masks and slopes of eight trials, on the complete graph (n).
void mask_in_lanes(Mask mask, const WideInMemory* bids, const WideInMemory* shift, Index agents,
                   WideInMemory* out, WideInMemory* slope);

/// Where the mask has corners, ascending; above the last it is flat.
std::vector<double> mask_corners(Mask mask);

}  // namespace gbid::bid_matrix
