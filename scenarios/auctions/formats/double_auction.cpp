// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/formats/double_auction.hpp"

#include <algorithm>

#include "engine/config/schema.hpp"
#include "scenarios/auctions/formats/moments_clearing.hpp"

namespace gbid::auctions {
namespace {

constexpr Index kBuyer = 0, kSeller = 1;

class DoubleAuctionClearing final : public MomentsClearing<DoubleAuctionClearing> {
 public:
  static constexpr Index kBidsTried = 512;

  DoubleAuctionClearing(double k, const Interval& range, const std::vector<TypeGrid>& grids)
      : MomentsClearing(grids, {range, range}, kBidsTried), k_(k) {}

  /// The buyer: (v - b) g(b) - k G(b) of the asks. The seller: (1 - k)(1 - G(a)) - (a - c) g(a) of
  /// the bids.
  double d_bid(Index agent, double own, double bid) const {
    const auto below = bids(1 - agent).below(bid);
    if (agent == kBuyer) return (own - bid) * below.density - k_ * below.mass;
    return (1.0 - k_) * (1.0 - below.mass) - (bid - own) * below.density;
  }

  double utility_of(Index agent, double own, double bid) const {
    const auto below = bids(1 - agent).below(bid);
    if (agent == kBuyer) return (own - k_ * bid) * below.mass - (1.0 - k_) * below.first;
    const double above = 1.0 - below.mass;
    return k_ * (bids(kBuyer).mean() - below.first) + ((1.0 - k_) * bid - own) * above;
  }

  double revenue() const override {
    return mean(kBuyer, [&](Index node) {
      const auto asks = bids(kSeller).below(bid(kBuyer, node));
      return k_ * bid(kBuyer, node) * asks.mass + (1.0 - k_) * asks.first;
    });
  }

  double surplus() const override {
    double sum = 0.0;
    for (Index node = 0; node < grid(kBuyer).count(); ++node)
      sum +=
          weight(kBuyer, node) * type(kBuyer, node) * bids(kSeller).below(bid(kBuyer, node)).mass;
    for (Index node = 0; node < grid(kSeller).count(); ++node)
      sum -= weight(kSeller, node) * type(kSeller, node) *
             (1.0 - bids(kBuyer).below(bid(kSeller, node)).mass);
    return sum;
  }

 private:
  double k_;
};

class DoubleAuctionFormat final : public Format {
 public:
  DoubleAuctionFormat(double k, const Prior& values, const Prior& costs)
      : k_(k),
        values_(values),
        costs_(costs),
        range_{std::min(values.low(), costs.low()), std::max(values.high(), costs.high())} {}

  Index agents() const override { return 2; }
  Interval types(Index agent) const override { return {prior(agent).low(), prior(agent).high()}; }
  Interval bids(Index) const override { return range_; }
  TypeGrid grid(Index agent, Index nodes) const override { return prior(agent).grid(nodes); }
  std::unique_ptr<Clearing> clearing(const std::vector<TypeGrid>& grids, Index) const override {
    return std::make_unique<DoubleAuctionClearing>(k_, range_, grids);
  }
  /// The truth. Far from it lies the equilibrium without trade.
  void start(Index, std::span<const double> type, std::span<double> bids) const override {
    bids[0] = type[0];
  }

  /// E max(v - c, 0) = int F_cost(p) (1 - F_value(p)) dp, by midpoints.
  double first_best() const override {
    constexpr int kParts = 20000;
    double sum = 0.0;
    for (int k = 0; k < kParts; ++k) {
      const double price = range_.low + range_.width() * (k + 0.5) / kParts;
      sum += costs_.distribution(price) * (1.0 - values_.distribution(price));
    }
    return sum * range_.width() / kParts;
  }

  std::vector<std::string> equilibria() const override {
    if (!values_.is_uniform() || !(values_ == costs_)) return {};
    return {"linear"};
  }
  bool known_bids(std::size_t, Index agent, std::span<const double> type,
                  std::span<double> bids) const override {
    const double k = k_, own = (type[0] - range_.low) / range_.width();
    const double lowest_ask = 0.5 * (1.0 - k), step = 0.5 * k * (1.0 - k) / (1.0 + k);
    const double highest_bid = 1.0 / (1.0 + k) + step;
    const double known = agent == kBuyer ? own / (1.0 + k) + step : own / (2.0 - k) + lowest_ask;
    bids[0] = range_.low + range_.width() * known;
    return agent == kBuyer ? known > lowest_ask : known < highest_bid;
  }

  std::optional<double> ex_post(Index agent, std::span<const double> type,
                                std::span<const double> own,
                                const PaddedMatrix& others) const override {
    const double bid = agent == kBuyer ? own[0] : others(kBuyer, 0);
    const double ask = agent == kSeller ? own[0] : others(kSeller, 0);
    if (bid <= ask) return 0.0;
    const double price = k_ * bid + (1.0 - k_) * ask;
    return agent == kBuyer ? type[0] - price : price - type[0];
  }

 private:
  const Prior& prior(Index agent) const { return agent == kBuyer ? values_ : costs_; }

  double k_;
  Prior values_, costs_;
  Interval range_;
};

}  // namespace

void DoubleAuction::keys(config::Schema<DoubleAuction>& schema) {
  schema.number("k", &DoubleAuction::k, {.min = 0.0, .max = 1.0}, "price = k bid + (1 - k) ask");
}

std::unique_ptr<const Format> DoubleAuction::make(const std::vector<Prior>& priors,
                                                  ArrayLoader&) const {
  return double_auction(*this, priors[0], priors[1]);
}

std::unique_ptr<Format> double_auction(const DoubleAuction& rules, const Prior& values,
                                       const Prior& costs) {
  return std::make_unique<DoubleAuctionFormat>(rules.k, values, costs);
}

}  // namespace gbid::auctions
