// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/formats/single_item.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "scenarios/auctions/distributions/quadrature.hpp"
#include "scenarios/auctions/formats/known_bids.hpp"
#include "scenarios/structure/structure.hpp"

namespace gbid::auctions {
namespace {

/// E[highest value] = top - int_0^top prod F_i(x) dx.
double expected_highest(const std::vector<Prior>& priors, double top) {
  std::vector<double> knots;
  for (const Prior& prior : priors) {
    const std::vector<double> own = prior.knots();
    knots.insert(knots.end(), own.begin(), own.end());
  }
  std::sort(knots.begin(), knots.end());
  double highest = top;
  for (std::size_t k = 0; k + 1 < knots.size(); ++k)
    highest -= integral_from_root(knots[k], knots[k + 1], [&](double x) {
      double below = 1.0;
      for (const Prior& prior : priors) below *= prior.distribution(x);
      return below;
    });
  return highest;
}

}  // namespace

SingleItem::SingleItem(const SingleItemRules& rules, std::vector<Prior> priors)
    : rules_(rules), priors_(std::move(priors)), top_value_(0.0) {
  double lowest_value = priors_.front().low();
  bool has_atoms = false;
  are_alike_ = true;
  for (const Prior& prior : priors_) {
    are_alike_ &= prior == priors_.front();
    has_atoms |= prior.has_atoms();
    top_value_ = std::max(top_value_, prior.high());
    lowest_value = std::min(lowest_value, prior.low());
  }
  // A single bidder has no rival whose bids it needs to pass, and a seller sets its own.
  const bool is_alone = priors_.size() == 1 || rules.has_seller;
  floor_ = rules.payment == Payment::kAllPay ? 0.0
           : is_alone                        ? (rules.has_seller ? 0.0 : rules.reserve)
                                             : std::max(rules.reserve, lowest_value);
  is_reserve_met_flat_ =
      rules.payment == Payment::kOwnBid && !is_alone && rules.reserve > lowest_value;
  const bool pays_own_bid = rules.payment == Payment::kOwnBid || rules.payment == Payment::kAllPay;
  has_far_responses_ =
      pays_own_bid && (has_atoms || (rules.payment == Payment::kAllPay && !are_alike_));
  is_ranked_ = rules.payment == Payment::kAllPay && are_alike_ && !has_atoms && priors_.size() > 1;
  first_best_ = expected_highest(priors_, top_value_);
}

Interval SingleItem::types(Index agent) const {
  if (is_seller(agent)) return {0.0, 1.0};
  const Prior& prior = priors_[static_cast<std::size_t>(agent)];
  return {prior.low(), prior.high()};
}

Interval SingleItem::bids(Index agent) const {
  if (is_seller(agent)) return {0.0, top_value_};
  if (rules_.payment == Payment::kAllPay) return {0.0, types(agent).high};
  return active_types(agent);
}

/// Values at or above the floor; all, if none is.
Interval SingleItem::active_types(Index agent) const {
  const Interval own = types(agent);
  return {own.high > floor_ ? std::max(own.low, floor_) : own.low, own.high};
}

BidRange SingleItem::bid_range(Index agent, std::span<const double> type) const {
  if (is_seller(agent)) return {.lowest = 0.0, .step = top_value_};
  const double value = type[0];
  if (rules_.payment == Payment::kAllPay) {
    const double gain = value - all_pay_floor();
    return {.lowest = 0.0, .step = gain * expected_win(value), .pull = gain};
  }
  if (value < floor_) return {.lowest = 0.0, .step = 0.0};
  const double gain = value - floor_, most = types(agent).high - floor_;
  return {.lowest = floor_, .step = is_reserve_met_flat_ && most > 0.0 ? gain * gain / most : gain};
}

double SingleItem::expected_win(double value) const {
  return is_ranked_ ? std::pow(priors_.front().distribution(value), scale_power()) : 1.0;
}

TypeGrid SingleItem::grid(Index agent, Index nodes) const {
  if (!is_seller(agent)) return priors_[static_cast<std::size_t>(agent)].grid(nodes, floor_);
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
  // A low share of what may be gained; types that cannot gain bid themselves.
  constexpr double kShare = 0.3;
  const BidRange range = bid_range(agent, type);
  const double floor = rules_.payment == Payment::kAllPay && !is_seller(agent)
                           ? all_pay_floor() * expected_win(type[0])
                           : range.lowest;
  bids[0] = is_seller(agent)   ? rules_.reserve
            : type[0] < floor_ ? type[0]
                               : floor + kShare * range.step;
}

std::vector<std::string> SingleItem::equilibria() const {
  bool is_known = false;  // (bids of the highest values of all may be free)
  for (Index i = 0; i < bidders(); ++i)
    is_known |=
        known_bid(rules_, priors_, i, priors_[static_cast<std::size_t>(i)].high()).has_value();
  return is_known ? std::vector<std::string>{"equilibrium"} : std::vector<std::string>{};
}

std::string SingleItem::caveat() const {
  if (rules_.payment != Payment::kThirdBid) return {};
  std::vector<double> highs;
  for (const Prior& prior : priors_) highs.push_back(prior.high());
  std::sort(highs.rbegin(), highs.rend());
  return highs[1] > highs[2]
             ? "two bidders may have higher values than all others: above the others' bids they "
               "pay "
               "a third bid that neither changes, and overtake each other without end; no "
               "equilibrium is known"
             : "";
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
    loader.fail(
        "market.format.reserve",
        fmt::format("expected less than the highest value, got {} times it", rules.reserve / top));
  return std::make_unique<SingleItem>(rules, priors);
}

}  // namespace gbid::auctions
