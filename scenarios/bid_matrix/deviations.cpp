// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// What a search for an agent's best response needs to know of the bid-matrix market. Raw bids are a
// poor place to search: all of a bid on one counterpart is infinitely far away in them. Shares are
// not, and in their logarithms a step of the gradient multiplies them (Kivinen and Warmuth,
// "Exponentiated gradient versus gradient descent for linear predictors", 1997), which reaches
// every corner of the simplex in few steps.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/core/error.hpp"
#include "engine/math/pack.hpp"
#include "scenarios/bid_matrix/bids.hpp"
#include "scenarios/bid_matrix/scratch.hpp"

namespace gbid::bid_matrix {
namespace {

// A start that spends on one counterpart keeps this share for the others, so that they can grow.
constexpr double kSpread = 1e-3;
// Counterparts that a search starts from, those with the steepest payoff.
constexpr std::size_t kMostFavourites = 64;
// No exchange moves less.
constexpr double kLeastShare = 1e-7;
// Counterparts that exchanges are tried between.
constexpr Index kMostExchanges = 16;

/// Euclidean projection onto the simplex, in place.
/// Source: Held, Wolfe and Crowder, "Validation of subgradient optimization", 1974.
void project_onto_simplex(std::vector<double>& point) {
  std::vector<double> sorted = point;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  double total = 0.0, level = 0.0;
  for (std::size_t k = 0; k < sorted.size(); ++k) {
    total += sorted[k];
    const double candidate = (total - 1.0) / static_cast<double>(k + 1);
    if (sorted[k] > candidate) level = candidate;
  }
  for (double& value : point) value = std::max(value - level, 0.0);
}

}  // namespace

/// (d s / d raw) / S: what the gradient in raw bids has of the gradient in shares.
double BidMatrixGame::share_slope(Index agent, Index counterpart) const {
  const double share = bids_(agent, counterpart);
  switch (config_.bids.squash) {
    case Squash::kSigmoid:
      return share * (1.0 - share * bid_totals_[agent]);
    case Squash::kSoftmax:
      return share;
    case Squash::kClip:
      break;
  }
  return 1.0 / bid_totals_[agent];
}

bool BidMatrixGame::deviation_start(Index agent, Index k, std::span<double> raw) {
  std::vector<double> shares(static_cast<std::size_t>(n_), 0.0);
  if (k == 0) {  // its own shares, where raw bids can move
    raw_from_shares(config_.bids.squash, bids_.row(agent), n_, raw.data());
    PaddedMatrix gradient(1, n_);
    const std::vector<Index> only{agent};
    differentiate(Objective::kOwnPayoff, Movers{only, n_ == 1}, gradient);
    std::vector<double> slope(static_cast<std::size_t>(n_));
    favourites_.clear();
    for (Index j = 0; j < n_; ++j) {
      const double scale = share_slope(agent, j);
      slope[static_cast<std::size_t>(j)] = scale > 0.0 ? gradient(0, j) / scale : 0.0;
      if (!allowed(agent) || allowed(agent)[j] > 0.0) favourites_.push_back(j);
    }
    std::stable_sort(favourites_.begin(), favourites_.end(), [&](Index a, Index b) {
      return slope[static_cast<std::size_t>(a)] > slope[static_cast<std::size_t>(b)];
    });
    return true;
  }
  const auto count = static_cast<double>(favourites_.size());
  if (k == 1) {  // evenly
    for (const Index j : favourites_) shares[static_cast<std::size_t>(j)] = 1.0 / count;
  } else {  // nearly all on one
    const auto which = static_cast<std::size_t>(k - 2);
    if (which >= std::min(favourites_.size(), kMostFavourites)) return false;
    for (const Index j : favourites_) shares[static_cast<std::size_t>(j)] = kSpread / count;
    shares[static_cast<std::size_t>(favourites_[which])] += 1.0 - kSpread;
  }
  raw_from_shares(config_.bids.squash, shares.data(), n_, raw.data());
  return true;
}

/// A share moves from one counterpart to another: masks have corners (hard is flat on both sides of
/// one) that a gradient runs into and an exchange finds. Between itself and the favourites only,
/// and from those that have a share to give.
bool BidMatrixGame::deviation_neighbour(Index agent, Index k, double reach, std::span<double> raw) {
  const auto count = std::min<Index>(static_cast<Index>(favourites_.size()), kMostExchanges);
  if (count < 2) return false;
  const auto counterpart = [&](Index which) {  // the last of them gives way to itself
    for (Index f = 0; f < count; ++f)
      if (favourites_[static_cast<std::size_t>(f)] == agent)
        return favourites_[static_cast<std::size_t>(which)];
    return which == count - 1 ? agent : favourites_[static_cast<std::size_t>(which)];
  };
  Index from = -1, passed = 0;
  for (Index which = 0; which < count && from < 0; ++which)
    if (bids_(agent, counterpart(which)) > kLeastShare && passed++ == k / (count - 1)) from = which;
  if (from < 0) return false;
  Index to = k % (count - 1);
  to += to >= from;
  std::vector<double> shares(bids_.row(agent), bids_.row(agent) + n_);
  const double moved = std::min(reach, shares[static_cast<std::size_t>(counterpart(from))]);
  shares[static_cast<std::size_t>(counterpart(from))] -= moved;
  shares[static_cast<std::size_t>(counterpart(to))] += moved;
  raw_from_shares(config_.bids.squash, shares.data(), n_, raw.data());
  return true;
}

void BidMatrixGame::ascent_direction(Index agent, std::span<double> gradient) {
  if (config_.bids.squash == Squash::kClip) return;
  for (Index j = 0; j < n_; ++j) {
    // d log W_j ~ dP/dW_j, and d log s = (1 - s) d raw for the sigmoid.
    const double share = bids_(agent, j), slope = share_slope(agent, j);
    double& value = gradient[static_cast<std::size_t>(j)];
    value = slope > 0.0 ? value * share / (slope * slope) : 0.0;
    if (!std::isfinite(value)) value = 0.0;
  }
}

double BidMatrixGame::squared_residual(Index agent, std::span<const double> gradient) {
  std::vector<double> moved, stayed;
  for (Index j = 0; j < n_; ++j) {
    if (allowed(agent) && !(allowed(agent)[j] > 0.0)) continue;
    const double slope = share_slope(agent, j);
    const double climbed = slope > 0.0 ? gradient[static_cast<std::size_t>(j)] / slope : 0.0;
    stayed.push_back(bids_(agent, j));
    moved.push_back(stayed.back() + (std::isfinite(climbed) ? climbed : 0.0));
  }
  project_onto_simplex(moved);
  double total = 0.0;
  for (std::size_t k = 0; k < moved.size(); ++k)
    total += (moved[k] - stayed[k]) * (moved[k] - stayed[k]);
  return total;
}

double BidMatrixGame::own_payoff(Index agent) {
  prepare_terms();
  const Scratch rows = scratch(0);
  const Row row = look(agent, rows, interranking_is_current_);
  double total = 0.0;
  for (const Item& item : items_) {
    if (item.is_softmax) continue;
    total += item.weights[agent] * item.term->value(columns(), row);
  }
  for (const Item& item : items_) {  // these use the scratch rows themselves
    if (!item.is_softmax) continue;
    softmax_values(item, softmax_.data());
    total += item.weights[agent] * softmax_[agent];
  }
  return total;
}

/// Nothing of the market moves: the inter-ranking looks ahead, one pass over its inverse in place
/// of those of an update there and another back, and column sums change by one row.
double BidMatrixGame::payoff_if(Index agent, std::span<const double> raw) {
  const bool is_general =
      std::any_of(items_.begin(), items_.end(), [](const Item& item) { return item.is_softmax; });
  if (is_general) return DeviationGame::payoff_if(agent, raw);
  constexpr Index kRows = 6;
  if (ahead_.empty()) ahead_ = PaddedMatrix(kRows, n_);
  double *row = ahead_.row(0), *bid_sums = ahead_.row(1), *shift = ahead_.row(2),
         *visits = ahead_.row(3), *visit_sums = ahead_.row(4), *raw_row = ahead_.row(5);
  // 1. The row, and what it does to sums and prices.
  std::copy(raw.begin(), raw.end(), raw_row);
  try {
    squash_row(config_.bids.squash, raw_row, allowed(agent), agent, n_, stride_, row);
  } catch (const NumericError&) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  for (Index j = 0; j < stride_; j += kLanes)
    store(bid_sums + j, load(bid_sums_.data() + j) + (load(row + j) - load(bids_.row(agent) + j)));
  for (Index j = 0; j < n_; ++j)
    shift[j] = shift_moves_ ? bid_sums[j] * bidder_share_[j] : shift_[j];
  // 2. The inter-ranking.
  if (price_needs_interranking_ && !interranking_.look_ahead(row, agent, visits, visit_sums))
    return DeviationGame::payoff_if(agent, raw);
  // 3. The terms.
  const Scratch rows = scratch(0);
  mask_row(config_.bids.mask, row, shift, allowed(agent), n_, stride_, rows.mask, rows.slope);
  const Columns columns{n_, stride_, bid_sums, price_needs_interranking_ ? visit_sums : nullptr};
  const Row seen{agent, row, rows.mask, price_needs_interranking_ ? visits : nullptr, rows.spare};
  terms_are_prepared_ = false;  // for the state
  double total = 0.0;
  for (const Item& item : items_) {
    item.term->prepare(columns);
    total += item.weights[agent] * item.term->value(columns, seen);
  }
  return total;
}

}  // namespace gbid::bid_matrix
