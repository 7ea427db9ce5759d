// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/formats/single_item.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "scenarios/auctions/formats/known_bids.hpp"
#include "scenarios/structure/structure.hpp"

namespace gbid::auctions {
namespace {

/// E[highest value] = int (1 - prod F_i(x)) dx from 0 up.
double expected_highest(const std::vector<Prior>& priors, double top) {
  constexpr int kIntervals = 20000;  // for Simpson's rule; the error is far below that of learning
  double sum = 0.0;
  for (int k = 0; k <= kIntervals; ++k) {
    const double x = top * k / kIntervals;
    double below = 1.0;
    for (const Prior& prior : priors) below *= prior.distribution(x);
    sum += (k == 0 || k == kIntervals ? 1.0 : k % 2 == 1 ? 4.0 : 2.0) * (1.0 - below);
  }
  return sum * top / (3.0 * kIntervals);
}

}  // namespace

SingleItem::SingleItem(const SingleItemRules& rules, std::vector<Prior> priors)
    : rules_(rules), priors_(std::move(priors)), top_value_(0.0) {
  for (const Prior& prior : priors_) top_value_ = std::max(top_value_, prior.high());
  first_best_ = expected_highest(priors_, top_value_);
}

Interval SingleItem::types(Index agent) const {
  if (is_seller(agent)) return {0.0, 1.0};
  const Prior& prior = priors_[static_cast<std::size_t>(agent)];
  return {prior.low(), prior.high()};
}

Interval SingleItem::bids(Index agent) const {
  if (is_seller(agent)) return {0.0, top_value_};
  // The scale of what a network adds to its start: a bidder's own range.
  const Interval own = types(agent);
  return {own.low, own.high};
}

double SingleItem::softness(Index agent) const {
  // Only where low types bid next to nothing, v^n and the like.
  constexpr double kShare = 0.01;
  return rules_.payment == Payment::kAllPay ? kShare * types(agent).width() : 0.0;
}

TypeGrid SingleItem::grid(Index agent, Index nodes) const {
  if (!is_seller(agent)) return priors_[static_cast<std::size_t>(agent)].grid(nodes);
  return {.dimensions = 1, .types = {0.5}, .weights = {1.0}, .below = {0.0}};
}

std::unique_ptr<Clearing> SingleItem::clearing(const std::vector<TypeGrid>& grids,
                                               Index cells) const {
  return std::make_unique<SingleItemClearing>(*this, grids, cells);
}

double SingleItem::clearing_bytes(Index cells) const {
  // The third price has a table more for every pair of bidders.
  const bool is_third = rules_.payment == Payment::kThirdBid;
  return Format::clearing_bytes(cells) +
         (is_third ? 8.0 * static_cast<double>(bidders() * bidders() * cells) : 0.0);
}

void SingleItem::start(Index agent, std::span<const double> type, std::span<double> bids) const {
  // Low bids, so that no payment follows from the start; above a reserve, so that all types that
  // may gain take part.
  constexpr double kShare = 0.3;
  bids[0] = is_seller(agent) ? rules_.reserve
                             : std::max(rules_.reserve, 0.0) * (1.0 - kShare) + kShare * type[0];
}

std::vector<std::string> SingleItem::equilibria() const {
  const bool is_known = known_bid(rules_, priors_, 0, priors_[0].high()).has_value();
  return is_known ? std::vector<std::string>{"equilibrium"} : std::vector<std::string>{};
}

bool SingleItem::known_bids(std::size_t, Index agent, std::span<const double> type,
                            std::span<double> bids) const {
  const auto bid = known_bid(rules_, priors_, agent, type[0]);
  if (bid) bids[0] = *bid;
  return bid.has_value();
}

std::optional<double> SingleItem::ex_post(Index agent, std::span<const double> type,
                                          std::span<const double> own,
                                          const PaddedMatrix& others) const {
  if (rules_.has_seller) return std::nullopt;
  double first = -1.0, second = -1.0;
  for (Index j = 0; j < bidders(); ++j) {
    if (j == agent) continue;
    const double bid = others(j, 0);
    if (bid > first) {
      second = first;
      first = bid;
    } else {
      second = std::max(second, bid);
    }
  }
  const double bid = own[0], value = type[0];
  const bool wins = bid > first && bid >= rules_.reserve;
  switch (rules_.payment) {
    case Payment::kOwnBid:
      return wins ? std::copysign(std::pow(std::fabs(value - bid), rules_.risk_exponent),
                                  value - bid)
                  : 0.0;
    case Payment::kSecondBid:
      return wins ? value - std::max(first, rules_.reserve) : 0.0;
    case Payment::kThirdBid:
      return wins ? value - second : 0.0;
    case Payment::kAllPay:
      return (wins ? value : 0.0) - bid;
  }
  return std::nullopt;
}

std::unique_ptr<const Format> single_item(const SingleItemRules& rules,
                                          const std::vector<Prior>& priors, ArrayLoader& loader) {
  double top = 0.0;
  for (const Prior& prior : priors) top = std::max(top, prior.high());
  if (!(rules.reserve < top))
    loader.fail("market.format.reserve",
                fmt::format("expected less than the highest value {}, got {}", top, rules.reserve));
  return std::make_unique<SingleItem>(rules, priors);
}

}  // namespace gbid::auctions
