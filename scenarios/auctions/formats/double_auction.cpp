// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/formats/double_auction.hpp"

#include <algorithm>

#include "scenarios/auctions/distributions/bid_moments.hpp"
#include "scenarios/auctions/formats/best_bid.hpp"

namespace gbid::auctions {
namespace {

constexpr Index kBuyer = 0, kSeller = 1;
/// Pieces of a bid function flatter than this count as this wide, in units of the bid range: much
/// less than what agents learn to.
constexpr double kFlattest = 1e-5;
constexpr Index kBidsTried = 512;

class DoubleAuctionClearing final : public Clearing {
 public:
  DoubleAuctionClearing(const DoubleAuctionRules& rules, const Interval& range,
                        const std::vector<TypeGrid>& grids)
      : k_(rules.k), range_(range), grids_(grids) {
    for (const TypeGrid& grid : grids_) bids_.emplace_back(grid.count(), kFlattest * range.width());
  }

  void prepare(const Strategies& strategies) override {
    strategies_ = &strategies;
    for (const Index agent : {kBuyer, kSeller}) bids(agent).build(grid(agent), of(agent));
  }

  void slopes(Index agent, PaddedMatrix& out) const override {
    for (Index node = 0; node < grid(agent).count(); ++node)
      out(node, 0) = weight(agent, node) * slope(agent, type(agent, node), of(agent)(node, 0));
  }

  double utility(Index agent, Index node, std::span<const double> bids) const override {
    return utility_of(agent, type(agent, node), bids[0]);
  }

  BestResponse best_response(Index agent, Index node) const override {
    const double own = type(agent, node);
    const BestBid best = best_bid(range_.low, range_.high, kBidsTried,
                                  [&](double bid) { return utility_of(agent, own, bid); });
    return {{best.bid}, best.utility};
  }

  double revenue() const override {
    double sum = 0.0;
    for (Index node = 0; node < grid(kBuyer).count(); ++node) {
      const double bid = of(kBuyer)(node, 0);
      const auto asks = bids(kSeller).below(bid);
      sum += weight(kBuyer, node) * (k_ * bid * asks.mass + (1.0 - k_) * asks.first);
    }
    return sum;
  }

  double surplus() const override {
    double sum = 0.0;
    for (Index node = 0; node < grid(kBuyer).count(); ++node)
      sum +=
          weight(kBuyer, node) * type(kBuyer, node) * bids(kSeller).below(of(kBuyer)(node, 0)).mass;
    for (Index node = 0; node < grid(kSeller).count(); ++node)
      sum -= weight(kSeller, node) * type(kSeller, node) *
             (1.0 - bids(kBuyer).below(of(kSeller)(node, 0)).mass);
    return sum;
  }

 private:
  const TypeGrid& grid(Index agent) const { return grids_[static_cast<std::size_t>(agent)]; }
  const PaddedMatrix& of(Index agent) const {
    return (*strategies_)[static_cast<std::size_t>(agent)];
  }
  const BidMoments& bids(Index agent) const { return bids_[static_cast<std::size_t>(agent)]; }
  BidMoments& bids(Index agent) { return bids_[static_cast<std::size_t>(agent)]; }
  double type(Index agent, Index node) const { return grid(agent).type(node)[0]; }
  double weight(Index agent, Index node) const {
    return grid(agent).weights[static_cast<std::size_t>(node)];
  }

  /// The buyer: (v - b) g(b) - k G(b) of the asks. The seller: (1 - k)(1 - G(a)) - (a - c) g(a) of
  /// the bids.
  double slope(Index agent, double own, double bid) const {
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

  double k_;
  Interval range_;
  std::vector<TypeGrid> grids_;
  std::vector<BidMoments> bids_;
  const Strategies* strategies_ = nullptr;
};

class DoubleAuctionFormat final : public Format {
 public:
  explicit DoubleAuctionFormat(const DoubleAuctionRules& rules)
      : rules_(rules),
        range_{std::min(rules.values.low(), rules.costs.low()),
               std::max(rules.values.high(), rules.costs.high())} {}

  Index agents() const override { return 2; }
  Interval types(Index agent) const override { return {prior(agent).low(), prior(agent).high()}; }
  Interval bids(Index) const override { return range_; }
  TypeGrid grid(Index agent, Index nodes) const override { return prior(agent).grid(nodes); }
  std::unique_ptr<Clearing> clearing(const std::vector<TypeGrid>& grids, Index) const override {
    return std::make_unique<DoubleAuctionClearing>(rules_, range_, grids);
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
      sum += rules_.costs.distribution(price) * (1.0 - rules_.values.distribution(price));
    }
    return sum * range_.width() / kParts;
  }

  std::vector<std::string> equilibria() const override {
    if (!rules_.values.is_uniform() || !(rules_.values == rules_.costs)) return {};
    return {"linear"};
  }
  bool known_bids(std::size_t, Index agent, std::span<const double> type,
                  std::span<double> bids) const override {
    const double k = rules_.k, own = (type[0] - range_.low) / range_.width();
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
    const double price = rules_.k * bid + (1.0 - rules_.k) * ask;
    return agent == kBuyer ? type[0] - price : price - type[0];
  }

 private:
  const Prior& prior(Index agent) const { return agent == kBuyer ? rules_.values : rules_.costs; }

  DoubleAuctionRules rules_;
  Interval range_;
};

}  // namespace

std::unique_ptr<Format> double_auction(const DoubleAuctionRules& rules) {
  return std::make_unique<DoubleAuctionFormat>(rules);
}

}  // namespace gbid::auctions
