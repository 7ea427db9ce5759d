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

std::vector<Index> BidMatrixGame::share_choices(Index agent) {
  PaddedMatrix gradient(1, n_);
  const std::vector<Index> only{agent};
  differentiate(Objective::kOwnPayoff, Movers{only, n_ == 1}, gradient);
  share_gradient(agent, gradient.row_span(0));
  std::vector<Index> choices;
  for (Index j = 0; j < n_; ++j)
    if (!allowed(agent) || allowed(agent)[j] > 0.0) choices.push_back(j);
  std::stable_sort(choices.begin(), choices.end(),
                   [&](Index a, Index b) { return gradient(0, a) > gradient(0, b); });
  return choices;
}

void BidMatrixGame::shares(Index agent, std::span<double> out) {
  std::copy_n(bids_.row(agent), n_, out.begin());
}

void BidMatrixGame::raw_of_shares(Index, std::span<const double> shares, std::span<double> raw) {
  raw_from_shares(config_.bids.squash, shares.data(), n_, raw.data());
}

void BidMatrixGame::share_gradient(Index agent, std::span<double> gradient) {
  for (Index j = 0; j < n_; ++j) {
    const double slope = share_slope(agent, j);
    double& value = gradient[static_cast<std::size_t>(j)];
    value = slope > 0.0 ? value / slope : 0.0;
    if (!std::isfinite(value)) value = 0.0;
  }
}

/// Where W_ij - shift_j comes to a corner of the mask; the shift moves with the bid where it is a
/// mean of the column.
std::vector<double> BidMatrixGame::share_corners(Index agent, Index choice) {
  const double follows = shift_moves_ ? bidder_share_[choice] : 0.0;
  const double others = shift_[choice] - follows * bids_(agent, choice);
  std::vector<double> shares;
  for (const double corner : mask_corners(config_.bids.mask)) {
    const double share = (corner + others) / (1.0 - follows);
    if (follows < 1.0 && share > 0.0 && share <= 1.0) shares.push_back(share);
  }
  return shares;
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

bool BidMatrixGame::is_general() const {
  return std::any_of(items_.begin(), items_.end(),
                     [](const Item& item) { return item.is_softmax; });
}

double* BidMatrixGame::row_ahead(int which) {
  if (ahead_.empty()) ahead_ = PaddedMatrix(kRowsAhead, n_);
  return ahead_.row(which);
}

double BidMatrixGame::payoff_if(Index agent, std::span<const double> raw) {
  if (is_general()) return DeviationGame::payoff_if(agent, raw);
  double* const raw_row = row_ahead(kRawAhead);
  std::copy(raw.begin(), raw.end(), raw_row);
  try {
    squash_row(config_.bids.squash, raw_row, allowed(agent), agent, n_, stride_,
               row_ahead(kBidsAhead));
  } catch (const NumericError&) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const std::optional<double> payoff = payoff_ahead(agent);
  return payoff ? *payoff : DeviationGame::payoff_if(agent, raw);
}

/// Without raw bids between, whose logarithms and exponentials are most of the work where agents are
/// few.
double BidMatrixGame::payoff_of_shares(Index agent, std::span<const double> shares) {
  if (!is_general()) {
    double* const row = row_ahead(kBidsAhead);
    for (Index j = 0; j < n_; ++j)
      row[j] = !allowed(agent) || allowed(agent)[j] > 0.0
                   ? attainable_share(config_.bids.squash, shares[static_cast<std::size_t>(j)])
                   : 0.0;
    if (const std::optional<double> payoff = payoff_ahead(agent)) return *payoff;
  }
  return DeviationGame::payoff_of_shares(agent, shares);
}

/// Nothing of the market moves: the inter-ranking looks ahead, one pass over its inverse in place
/// of those of an update there and another back, and column sums change by one row. None where the
/// inter-ranking cannot.
std::optional<double> BidMatrixGame::payoff_ahead(Index agent) {
  double *row = row_ahead(kBidsAhead), *bid_sums = row_ahead(kSumsAhead),
         *shift = row_ahead(kShiftAhead), *visits = row_ahead(kVisitsAhead),
         *visit_sums = row_ahead(kVisitSumsAhead);
  // 1. What the row does to sums and prices.
  for (Index j = 0; j < stride_; j += kLanes)
    store(bid_sums + j, load(bid_sums_.data() + j) + (load(row + j) - load(bids_.row(agent) + j)));
  for (Index j = 0; j < n_; ++j)
    shift[j] = shift_moves_ ? bid_sums[j] * bidder_share_[j] : shift_[j];
  // 2. The inter-ranking.
  if (price_needs_interranking_ && !interranking_.look_ahead(row, agent, visits, visit_sums))
    return std::nullopt;
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
