// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// From the bid functions of all agents to gradients, for learning.
#include <algorithm>
#include <array>
#include <cmath>

#include "scenarios/auctions/formats/single_item.hpp"

namespace gbid::auctions {
namespace {

// Probabilities below this count as this, so that their ratios stay defined where no rival bids.
constexpr double kLeastProbability = 1e-9;

// Bids that win anyway fall as fast as if the payoff changed over this share of what the bidder may
// bid. With a whole range asymmetric bidders overshoot at their common top bid and keep cycling;
// with a tenth they converge.
constexpr double kReach = 0.1;

// Bids that cannot win rise this slowly relative to the others, so that low types which are
// overtaken for a moment do not go far: at 0.3, asymmetric bidders cycle.
constexpr double kDrift = 0.03;

// Utility jumps where a bid begins to count. For types that stay out the jump is replaced by a ramp
// over this share of the range of bids.
constexpr double kRamp = 0.01;

// A second-price bid that meets no rival has no effect. It moves towards the value, the weakly best
// bid, as if rivals bid there with this probability over the range of bids.
constexpr double kRivalTremble = 0.02;

// Where the best response may be far, a bid falls if a lower one is worth more by this share of the
// best one's utility: in a mixed equilibrium all are worth the same.
constexpr double kWorthMoving = 0.003;

// The mean third bid is integrated over a cell by its values at so many places.
constexpr std::size_t kPlaces = 4;

}  // namespace

SingleItemClearing::SingleItemClearing(const SingleItem& format, const std::vector<TypeGrid>& grids,
                                       Index cells)
    : format_(format), grids_(grids), most_cells_(cells), power_(format.scale_power()) {
  const Index n = format.bidders();
  for (Index i = 0; power_ != 1.0 && i < n; ++i) scaled_.emplace_back(grids[at(i)].count(), 1);
  bids_.assign(at(n), BidDistribution(cells));
  if (format.has_far_responses()) sampled_wins_.resize(at(n * kSamples));
  if (format.rules().payment != Payment::kThirdBid) return;
  thirds_.resize(at(n * n * (cells + 1)));
  inverses_.resize(kPlaces * at(n));
}

void SingleItemClearing::prepare(const Strategies& strategies) {
  strategies_ = &strategies;
  const SingleItemRules& rules = format_.rules();
  const Index n = format_.bidders();
  reserve_ = rules.has_seller ? strategies[at(n)](0, 0) : rules.reserve;
  // A seller that learns looks at bids on either side of its reserve.
  low_ = format_.floor();
  lowest_ = std::max(low_, reserve_);
  for (std::size_t i = 0; i < scaled_.size(); ++i)
    for (Index k = 0; k < scaled_[i].rows(); ++k) scaled_[i](k, 0) = to_scale(strategies[i](k, 0));
  const Strategies& bids = scaled_.empty() ? strategies : scaled_;
  top_ = low_;
  for (Index i = 0; i < n; ++i)
    for (Index k = 0; k < grids_[at(i)].count(); ++k) top_ = std::max(top_, bids[at(i)](k, 0));
  // No agent bids: any range will do.
  constexpr double kNarrowest = 1e-9;
  top_ = std::max(top_, low_ + kNarrowest * format_.top_value());
  width_ = (top_ - low_) / static_cast<double>(cells_);
  for (Index i = 0; i < n; ++i) {
    bids_[at(i)].clear(low_, top_, cells_);
    bids_[at(i)].add_curve(grids_[at(i)], bids[at(i)]);
    bids_[at(i)].finish();
  }
  if (!thirds_.empty()) integrate_thirds();
  if (!sampled_wins_.empty()) sample_wins();
}

void SingleItemClearing::sample_wins() {
  for (Index i = 0; i < format_.bidders(); ++i)
    for (Index k = 0; k < kSamples; ++k) {
      const auto place = this->place(sample(k));
      double win = 1.0;
      for (Index j = 0; j < format_.bidders(); ++j)
        if (j != i) win *= bids_[at(j)].below(place);
      sampled_wins_[at(i * kSamples + k)] = win;
    }
}

/// @param win  probability of the bid.
bool SingleItemClearing::is_lower_better(Index agent, double value, double bid, double win) const {
  const bool pays_always = format_.rules().payment == Payment::kAllPay;
  const double risk = format_.rules().risk_exponent;
  const auto utility = [&](double b, double wins) {
    if (pays_always) return value * wins - b;
    return b < value ? std::pow(value - b, risk) * wins : (value - b) * wins;
  };
  double lower = 0.0, best = 0.0;  // that of staying out
  for (Index k = 0; k < kSamples; ++k) {
    const double other = utility(sample(k), sampled_wins_[at(agent * kSamples + k)]);
    best = std::max(best, other);
    if (sample(k) < bid) lower = std::max(lower, other);
  }
  return lower > utility(bid, win) + kWorthMoving * best;
}

/// At every edge, for every bidder i and rival j: E[highest bid of the rivals but j | it is below],
/// b - int M_j / M_j(b), M_j the probability that all rivals but j bid less. Only quotients of
/// probabilities enter, which stay right where M_j itself, a product of many small ones, is nothing
/// beside its value at the next edge.
void SingleItemClearing::integrate_thirds() {
  // A Gauss rule over the places u of a cell; that of u = 0 gives M_j at the edge before.
  const double out = 0.5 * std::sqrt(0.6);
  const std::array<double, kPlaces> places{0.0, 0.5 - out, 0.5, 0.5 + out},
      shares{0.0, 5.0 / 18.0, 8.0 / 18.0, 5.0 / 18.0};
  const Index n = format_.bidders();
  std::fill_n(thirds_.begin(), n * n, low_);
  for (Index k = 0; k < cells_; ++k) {
    // 1. By what share of that at the next edge fewer bids are below u: of each bidder, of all.
    std::array<double, kPlaces> all{1.0, 1.0, 1.0, 1.0};
    for (std::size_t p = 0; p < kPlaces; ++p)
      for (Index l = 0; l < n; ++l) {
        const double next = bids_[at(l)].edges()[at(k + 1)];
        const double below = bids_[at(l)].edges()[at(k)] + places[p] * bids_[at(l)].mass(k);
        const double share = std::max(next > 0.0 ? below / next : places[p], kLeastProbability);
        all[p] *= share;
        inverses_[p * at(n) + at(l)] = 1.0 / share;
      }
    // 2. int M_j / M_j(b), from that at the edge before.
    const double* last = thirds_.data() + k * n * n;
    double* next = thirds_.data() + (k + 1) * n * n;
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < i; ++j) {
        const auto but = [&](std::size_t p) {
          return all[p] * inverses_[p * at(n) + at(i)] * inverses_[p * at(n) + at(j)];
        };
        double gap = (edge(k) - last[i * n + j]) * but(0);
        for (std::size_t p = 1; p < kPlaces; ++p) gap += width_ * shares[p] * but(p);
        next[i * n + j] = next[j * n + i] = edge(k + 1) - gap;
      }
  }
}

/// Between edges linear, and above the top what it is there.
double SingleItemClearing::mean_third(Index agent, Index rival,
                                      BidDistribution::Place place) const {
  const Index n = format_.bidders();
  const double* third = thirds_.data() + (place.cell * n + agent) * n + rival;
  return third[0] + std::min(place.share, 1.0) * (third[n * n] - third[0]);
}

SingleItemClearing::Competition SingleItemClearing::competition(Index agent, double bid) const {
  Competition rivals;
  const auto place = this->place(bid);
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
      rivals.paid_there += density / below * mean_third(agent, j, place);
  }
  if (rivals.hazard > 0.0) {
    rivals.paid_there /= rivals.hazard;
    rivals.type_there /= rivals.hazard;
    rivals.hazard *= scale_slope(to_scale(bid));
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
  const double range = format_.bids(agent).width();
  // Bidders that are ranked by their values are alike: none overshoots another.
  const double reach = power_ == 1.0 ? kReach * range : range;
  const double entered = rules.has_seller ? bid : std::max(bid, lowest_);
  const Competition there = competition(agent, entered);
  const double gap = value - entered;
  double direction = 0.0, entry = gap / (kRamp * range), scale = there.hazard + 1.0 / reach;
  switch (rules.payment) {
    case Payment::kOwnBid:
      direction = gap * there.hazard - rules.risk_exponent;
      break;
    case Payment::kSecondBid:
      direction = gap * (there.hazard + kRivalTremble / range);
      scale = there.hazard + kRivalTremble / range;  // nothing there is to overshoot
      break;
    case Payment::kThirdBid:
      direction = (value - there.paid_there) * there.hazard;
      break;
    case Payment::kAllPay:
      direction = value * there.win * there.hazard - 1.0;
      entry = value * there.win / (kRamp * range);
      scale = there.win * there.hazard + 1.0 / reach;
      // Staying out is worth more than the bid, which a gradient does not see: it falls.
      if (value * there.win < (1.0 - kWorthMoving) * entered) direction = -1.0;
      break;
  }
  if (there.cannot_win && rules.payment == Payment::kOwnBid && gap > 0.0)
    direction = kDrift * gap / reach;
  if (!sampled_wins_.empty() && is_lower_better(agent, value, entered, there.win)) direction = -1.0;
  if (bid < entered || bid <= 0.0) direction = std::max(direction, 0.0) + std::max(entry, 0.0);
  return direction / scale;
}

bool SingleItemClearing::is_shut_out(Index agent, const PaddedMatrix& start) const {
  constexpr double kNever = 1e-6;  // win probability
  if (format_.is_seller(agent)) return false;
  const auto win = [&](double bid) { return is_out(bid) ? 0.0 : competition(agent, bid).win; };
  const PaddedMatrix& bids = (*strategies_)[at(agent)];
  for (Index k = 0; k < bids.rows(); ++k)
    if (win(bids(k, 0)) > kNever) return false;
  const bool pays_always = format_.rules().payment == Payment::kAllPay;
  for (Index k = 0; k < start.rows(); ++k) {
    const double value = grids_[at(agent)].types[at(k)], bid = start(k, 0), wins = win(bid);
    if (wins > kNever && (pays_always ? value * wins > bid : value > bid)) return true;
  }
  return false;
}

/// The surplus changes by the own value, less that of the rival that is overtaken.
double SingleItemClearing::scaled_common_d_bid(Index agent, double value, double bid) const {
  const double range = format_.bids(agent).width(), reach = kReach * range;
  const Competition there = competition(agent, std::max(bid, lowest_));
  double direction = (value - there.type_there) * there.hazard;
  if (is_out(bid)) direction = std::max(direction, 0.0) + value / (kRamp * range);
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

/// Second price: d revenue / d R = P(exactly one bids above R) - R d/dR P(none does), divided by the
/// sum of both terms, so that the seller is as fast where few bids lie below its reserve.
double SingleItemClearing::d_reserve() const {
  const auto place = bids_.front().place(reserve_);
  double one = 0.0, hazard = 0.0;  // both divided by the probability that no bidder bids above R
  for (const BidDistribution& bids : bids_) {
    const double below = std::max(bids.below(place), kLeastProbability);
    one += (1.0 - below) / below;
    hazard += bids.density(place) / below;
  }
  // No bidder bids as much: it should fall.
  if (!(one + reserve_ * hazard > 0.0)) return reserve_ > 0.0 ? -1.0 : 0.0;
  return (one - reserve_ * hazard) / (one + reserve_ * hazard);
}

}  // namespace gbid::auctions
