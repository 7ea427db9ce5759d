// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// From the bid functions of all agents to gradients, for learning.
#include <algorithm>
#include <cmath>

#include "scenarios/auctions/formats/single_item.hpp"

namespace gbid::auctions {
namespace {

// Probabilities below this count as this, so that their ratios stay defined where no rival bids.
constexpr double kLeastProbability = 1e-9;

// Bids that win anyway fall, and types that stay out come in, as fast as if the payoff changed over
// this share of the bidder's range of values. With a whole range asymmetric bidders overshoot
// at their common top bid and keep cycling; with a tenth they converge.
constexpr double kReach = 0.1;

// Bids that cannot win rise this slowly relative to the others, so that low types which are
// overtaken for a moment do not go far: at 0.3, asymmetric bidders cycle.
constexpr double kDrift = 0.03;

// Utility jumps where a bid reaches the reserve. For types that stay out the jump is replaced by a
// ramp over this share of the range of values: steep, because types just above the reserve bid just
// above it, and lose more by staying out than by bidding a little too much.
constexpr double kRamp = 0.01;

}  // namespace

SingleItemClearing::SingleItemClearing(const SingleItem& format, const std::vector<TypeGrid>& grids,
                                       Index cells)
    : format_(format), grids_(grids), cells_(cells) {
  const Index n = format.bidders();
  bids_.assign(at(n), BidDistribution(cells));
  if (format.rules().payment == Payment::kThirdBid) thirds_.resize(at(n * n * (cells + 1)));
}

void SingleItemClearing::prepare(const Strategies& strategies) {
  strategies_ = &strategies;
  const SingleItemRules& rules = format_.rules();
  const Index n = format_.bidders();
  reserve_ = rules.has_seller ? strategies[at(n)](0, 0) : rules.reserve;
  // A seller that learns looks at bids on either side of its reserve.
  low_ = rules.has_seller ? 0.0 : reserve_;
  top_ = low_;
  for (Index i = 0; i < n; ++i)
    for (Index k = 0; k < grids_[at(i)].count(); ++k)
      top_ = std::max(top_, strategies[at(i)](k, 0));
  // No agent bids: any range will do.
  constexpr double kNarrowest = 1e-9;
  top_ = std::max(top_, low_ + kNarrowest * format_.top_value());
  width_ = (top_ - low_) / static_cast<double>(cells_);
  for (Index i = 0; i < n; ++i) {
    bids_[at(i)].clear(low_, top_);
    bids_[at(i)].add_curve(grids_[at(i)], strategies[at(i)]);
    bids_[at(i)].finish();
  }
  if (!thirds_.empty()) integrate_thirds();
}

/// For every bidder i and rival j: int M_j, the probability that all rivals but j bid less.
void SingleItemClearing::integrate_thirds() {
  const Index n = format_.bidders();
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) {
      if (j == i) continue;
      double* out = thirds_.data() + (i * n + j) * (cells_ + 1);
      double last = 0.0;
      for (Index k = 0; k <= cells_; ++k) {
        double below = 1.0;
        for (Index l = 0; l < n; ++l)
          if (l != i && l != j) below *= bids_[at(l)].edges()[at(k)];
        out[k] = k == 0 ? 0.0 : out[k - 1] + 0.5 * width_ * (last + below);
        last = below;
      }
    }
}

/// E[highest of the rivals but j | it is below b] = b - int M_j / M_j(b).
double SingleItemClearing::mean_third(Index agent, Index rival, double bid,
                                      BidDistribution::Place place) const {
  const Index n = format_.bidders();
  double below = 1.0;
  for (Index l = 0; l < n; ++l)
    if (l != agent && l != rival) below *= std::max(bids_[at(l)].below(place), kLeastProbability);
  const double* integral = thirds_.data() + (agent * n + rival) * (cells_ + 1) + place.cell;
  // (Beyond the top the probability stays the same.)
  return bid - (integral[0] + place.share * (integral[1] - integral[0])) / below;
}

SingleItemClearing::Competition SingleItemClearing::competition(Index agent, double bid) const {
  Competition rivals;
  const auto place = bids_.front().place(bid);
  for (Index j = 0; j < format_.bidders(); ++j) {
    if (j == agent) continue;
    const double probability = bids_[at(j)].below(place);
    const double below = std::max(probability, kLeastProbability);
    const double density = bids_[at(j)].density(place);
    rivals.cannot_win |= probability <= 0.0;
    rivals.win *= below;
    rivals.hazard += density / below;
    rivals.type_there += bids_[at(j)].type_density(place) / below;
    if (!thirds_.empty() && density > 0.0)
      rivals.paid_there += density / below * mean_third(agent, j, bid, place);
  }
  if (rivals.hazard > 0.0) {
    rivals.paid_there /= rivals.hazard;
    rivals.type_there /= rivals.hazard;
  }
  return rivals;
}

double SingleItemClearing::d_bid(Index agent, double value, double bid) const {
  if (is_out(bid)) return 0.0;
  const Competition at_bid = competition(agent, bid);
  const double risk = format_.rules().risk_exponent, gap = value - bid;
  switch (format_.rules().payment) {
    case Payment::kOwnBid:
      return at_bid.win * (gap * at_bid.hazard - risk) *
             (risk == 1.0 ? 1.0 : std::pow(std::fabs(gap), risk - 1.0));
    case Payment::kSecondBid:
      return at_bid.win * at_bid.hazard * gap;
    case Payment::kThirdBid:
      return at_bid.win * at_bid.hazard * (value - at_bid.paid_there);
    case Payment::kAllPay:
      return at_bid.win * at_bid.hazard * value - 1.0;
  }
  return 0.0;
}

/// d utility / d bid divided by a positive scale: for the winner's payments A' + A / reach, so that
/// the direction is about the distance to the best response whatever the win probability; for
/// all-pay A' + 1 / reach. Where a learning seller excludes a bid, the gradient is that without a
/// reserve: as if its hand trembled. Otherwise types that are out would bid anything, and the
/// seller would learn from that. A bid that cannot win has no effect on utility: it rises towards
/// the value, up to where it can win. Otherwise a bidder whose rivals all bid more would never
/// learn that it could do better.
double SingleItemClearing::scaled_d_bid(Index agent, double value, double bid) const {
  const SingleItemRules& rules = format_.rules();
  const double reach = kReach * format_.types(agent).width();
  const double entered = rules.has_seller ? bid : std::max(bid, reserve_);
  const Competition there = competition(agent, entered);
  const double gap = value - entered;
  const double ramp = kRamp * format_.types(agent).width();
  double direction = 0.0, entry = gap / ramp, scale = there.hazard + 1.0 / reach;
  switch (rules.payment) {
    case Payment::kOwnBid:
      direction = gap * there.hazard - rules.risk_exponent;
      break;
    case Payment::kSecondBid:
      direction = gap * there.hazard;
      break;
    case Payment::kThirdBid:
      direction = (value - there.paid_there) * there.hazard;
      break;
    case Payment::kAllPay:
      direction = value * there.win * there.hazard - 1.0;
      entry = value * there.win / ramp;
      scale = there.win * there.hazard + 1.0 / reach;
      break;
  }
  const bool is_winner_only =
      rules.payment == Payment::kOwnBid || rules.payment == Payment::kSecondBid;
  if (there.cannot_win && is_winner_only && gap > 0.0) direction = kDrift * gap / reach;
  if (bid < entered || bid <= 0.0) direction = std::max(direction, 0.0) + std::max(entry, 0.0);
  return direction / scale;
}

/// The surplus changes by the own value, less that of the rival that is overtaken.
double SingleItemClearing::scaled_common_d_bid(Index agent, double value, double bid) const {
  const double reach = kReach * format_.types(agent).width();
  const Competition there = competition(agent, std::max(bid, reserve_));
  double direction = (value - there.type_there) * there.hazard;
  if (is_out(bid))
    direction = std::max(direction, 0.0) + value / (kRamp * format_.types(agent).width());
  return direction / (there.hazard + 1.0 / reach);
}

void SingleItemClearing::gradient(Index agent, PaddedMatrix& out) const {
  const TypeGrid& grid = grids_[at(agent)];
  const PaddedMatrix& bids = (*strategies_)[at(agent)];
  if (format_.is_seller(agent)) {
    out(0, 0) = d_reserve();
    return;
  }
  for (Index k = 0; k < grid.count(); ++k)
    out(k, 0) = grid.weights[at(k)] * scaled_d_bid(agent, grid.types[at(k)], bids(k, 0));
}

void SingleItemClearing::common_gradient(Index agent, PaddedMatrix& out) const {
  const TypeGrid& grid = grids_[at(agent)];
  const PaddedMatrix& bids = (*strategies_)[at(agent)];
  for (Index k = 0; k < grid.count(); ++k)
    out(k, 0) = grid.weights[at(k)] * scaled_common_d_bid(agent, grid.types[at(k)], bids(k, 0));
}

/// Second price: d revenue / d R = P(exactly one bids above R) - R d/dR P(none does).
double SingleItemClearing::d_reserve() const {
  const auto place = bids_.front().place(reserve_);
  double none = 1.0, one = 0.0, hazard = 0.0;
  for (const BidDistribution& bids : bids_) {
    const double below = std::max(bids.below(place), kLeastProbability);
    none *= below;
    one += (1.0 - below) / below;
    hazard += bids.density(place) / below;
  }
  return none * (one - reserve_ * hazard);
}

}  // namespace gbid::auctions
