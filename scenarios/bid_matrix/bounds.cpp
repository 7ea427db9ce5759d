// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What an agent's payoff is at most while its shares are between corners: interval arithmetic over
// what terms are functions of. Rounding is outward: whatever a term is a function of is widened by
// `kOutward`, terms widen what they add up, and so does the sum of the terms; see there.
#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/core/error.hpp"
#include "scenarios/bid_matrix/bids.hpp"
#include "scenarios/bid_matrix/scratch.hpp"

namespace gbid::bid_matrix {
namespace {

/// Row by row what lies between two matrices, for the terms.
enum { kBids, kSums, kMask, kVisits, kVisitSums, kShift, kRowsOfOne };

void widen(PaddedMatrix& low, PaddedMatrix& high, int row) {
  for (Index j = 0; j < low.columns(); ++j) {
    low(row, j) *= 1.0 - kOutward;
    high(row, j) *= 1.0 + kOutward;
  }
}

}  // namespace

/// Every entry of Q is a quotient of two functions that are linear in the agent's shares, hence
/// between its values at the corners. It is inverted afresh there, without a subtraction, so that
/// all entries keep their relative accuracy.
bool BidMatrixGame::bound_visits(Index agent, const PaddedMatrix& corners, PaddedMatrix& low,
                                 PaddedMatrix& high) const {
  PaddedMatrix bids(n_, n_), least(n_, n_), most(n_, n_), visits(n_, n_);
  for (Index i = 0; i < n_; ++i) std::copy_n(bids_.row(i), n_, bids.row(i));
  InterRanking fresh(n_);
  for (Index corner = 0; corner < corners.rows(); ++corner) {
    std::copy_n(corners.row(corner), n_, bids.row(agent));
    try {
      fresh.refresh(bids);
    } catch (const NumericError&) {
      return false;  // a walk that never ends
    }
    fresh.visits(visits);
    for (Index k = 0; k < n_; ++k)
      for (Index l = 0; l < n_; ++l) {
        least(k, l) = corner == 0 ? visits(k, l) : std::min(least(k, l), visits(k, l));
        most(k, l) = corner == 0 ? visits(k, l) : std::max(most(k, l), visits(k, l));
      }
  }
  for (Index l = 0; l < n_; ++l) {
    low(kVisits, l) = least(agent, l);
    high(kVisits, l) = most(agent, l);
    for (Index k = 0; k < n_; ++k) {
      low(kVisitSums, l) += least(k, l);
      high(kVisitSums, l) += most(k, l);
    }
  }
  return true;
}

/// Shares are between those of the corners, so masks and sums of bids are.
double BidMatrixGame::payoff_bound(Index agent, const PaddedMatrix& corners) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  if (is_general()) return kInfinite;
  PaddedMatrix low(kRowsOfOne, n_), high(kRowsOfOne, n_);
  // 1. Shares, sums of bids and masks. A mask is of the difference of numbers that are at most one.
  for (Index j = 0; j < n_; ++j) {
    low(kBids, j) = high(kBids, j) = corners(0, j);
    for (Index k = 1; k < corners.rows(); ++k) {
      low(kBids, j) = std::min(low(kBids, j), corners(k, j));
      high(kBids, j) = std::max(high(kBids, j), corners(k, j));
    }
    for (PaddedMatrix* end : {&low, &high}) {
      (*end)(kSums, j) = std::max(0.0, bid_sums_[j] - bids_(agent, j)) + (*end)(kBids, j);
      (*end)(kShift, j) = shift_moves_ ? (*end)(kSums, j) * bidder_share_[j] : shift_[j];
    }
    low(kShift, j) += kOutward;
    high(kShift, j) -= kOutward;
  }
  for (PaddedMatrix* end : {&low, &high})
    mask_row(config_.bids.mask, end->row(kBids), end->row(kShift), allowed(agent), n_, stride_,
             end->row(kMask), nullptr);
  // 2. The inter-ranking.
  if (price_needs_interranking_ && !bound_visits(agent, corners, low, high)) return kInfinite;
  for (const int row : {kBids, kSums, kMask, kVisits, kVisitSums}) widen(low, high, row);
  // 3. The terms.
  const auto range = [&](int row) { return RowRange{low.row(row), high.row(row)}; };
  const Ranges ranges{n_,           agent,          range(kMask),     range(kBids),
                      range(kSums), range(kVisits), range(kVisitSums)};
  double bound = 0.0;
  for (const Item& item : items_) {
    const double weight = item.weights[agent];
    if (weight == 0.0) continue;
    const Range of = item.term->range(ranges);
    const double most = weight * (weight > 0.0 ? of.high : of.low);
    bound += most + kOutward * std::fabs(most);
  }
  return std::isnan(bound) ? kInfinite : bound;
}

}  // namespace gbid::bid_matrix
