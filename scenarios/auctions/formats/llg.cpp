// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/formats/llg.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "scenarios/auctions/distributions/bid_moments.hpp"
#include "scenarios/auctions/formats/best_bid.hpp"

namespace gbid::auctions {
namespace {

constexpr double kFlattest = 1e-5;  // of the bid range, see BidMoments
constexpr Index kBidsTried = 256;
constexpr Index kGlobal = 2;

/// Expectations over the other local's bid c of what `integrated_local_payment` and its slope are
/// for a pair of bids.
double expected_payment(LocalPayment rule, double own, const BidMoments& other) {
  const auto below = other.below(own);
  const double square = own * own;
  switch (rule) {
    case LocalPayment::kNearestZero:
      return 0.5 * (square * below.mass + below.second) + own * (other.mean() - below.first);
    case LocalPayment::kNearestVcg:
      return 0.5 * own * (own + other.mean());
    case LocalPayment::kNearestBid:
      return square - 0.5 * (square * below.mass - 2.0 * own * below.first + below.second);
    case LocalPayment::kVcg:
      return 0.5 * square;
  }
  return 0.0;
}

double expected_payment_slope(LocalPayment rule, double own, const BidMoments& other) {
  const auto below = other.below(own);
  switch (rule) {
    case LocalPayment::kNearestZero:
      return own * below.mass + other.mean() - below.first;
    case LocalPayment::kNearestVcg:
      return own + 0.5 * other.mean();
    case LocalPayment::kNearestBid:
      return own + below.first + own * (1.0 - below.mass);
    case LocalPayment::kVcg:
      return own;
  }
  return 0.0;
}

class LlgClearing final : public Clearing {
 public:
  LlgClearing(const LlgRules& rules, const std::vector<TypeGrid>& grids)
      : rules_(rules), grids_(grids) {
    for (std::size_t agent = 0; agent < 2; ++agent)
      bids_.emplace_back(grids_[agent].count(), kFlattest * rules.values[agent].high());
  }

  void prepare(const Strategies& strategies) override {
    strategies_ = &strategies;
    for (std::size_t agent = 0; agent < 2; ++agent)
      bids_[agent].build(grids_[agent], strategies[agent]);
  }

  /// Scaled by the global's density, so that it is of order one.
  void slopes(Index agent, PaddedMatrix& out) const override {
    const TypeGrid& grid = grids_[static_cast<std::size_t>(agent)];
    for (Index node = 0; node < grid.count(); ++node)
      out(node, 0) = grid.weights[static_cast<std::size_t>(node)] *
                     (grid.type(node)[0] -
                      expected_payment_slope(rules_.payment, bid(agent, node), other(agent)));
  }

  double utility(Index agent, Index node, std::span<const double> bids) const override {
    return utility_of(agent, grids_[static_cast<std::size_t>(agent)].type(node)[0], bids[0]);
  }

  BestResponse best_response(Index agent, Index node) const override {
    const double value = grids_[static_cast<std::size_t>(agent)].type(node)[0];
    const BestBid best =
        best_bid(0.0, rules_.values[static_cast<std::size_t>(agent)].high(), kBidsTried,
                 [&](double bid) { return utility_of(agent, value, bid); });
    return {{best.bid}, best.utility};
  }

  /// What the locals pay where they win, and what they bid where they lose.
  double revenue() const override {
    const double sum = bids_[0].mean() + bids_[1].mean();
    double paid = sum - mean_square_of_sum() / rules_.global_high;
    for (const Index agent : {0, 1})
      paid += mean(agent, [&](Index node) {
        return expected_payment(rules_.payment, bid(agent, node), other(agent)) /
               rules_.global_high;
      });
    return paid;
  }

  double surplus() const override {
    const double high = rules_.global_high;
    double sum = 0.5 * (high * high - mean_square_of_sum()) / high;  // of the global
    for (const Index agent : {0, 1})
      sum += mean(agent, [&](Index node) {
        return grids_[static_cast<std::size_t>(agent)].type(node)[0] *
               (bid(agent, node) + other(agent).mean()) / high;
      });
    return sum;
  }

 private:
  double bid(Index agent, Index node) const {
    return (*strategies_)[static_cast<std::size_t>(agent)](node, 0);
  }
  const BidMoments& other(Index agent) const { return bids_[static_cast<std::size_t>(1 - agent)]; }

  double utility_of(Index agent, double value, double bid) const {
    return (value * (bid + other(agent).mean()) -
            expected_payment(rules_.payment, bid, other(agent))) /
           rules_.global_high;
  }
  double mean_square_of_sum() const {
    return bids_[0].mean_square() + 2.0 * bids_[0].mean() * bids_[1].mean() +
           bids_[1].mean_square();
  }
  template <class Value>
  double mean(Index agent, const Value& value) const {
    const TypeGrid& grid = grids_[static_cast<std::size_t>(agent)];
    double sum = 0.0;
    for (Index node = 0; node < grid.count(); ++node)
      sum += grid.weights[static_cast<std::size_t>(node)] * value(node);
    return sum;
  }

  LlgRules rules_;
  std::vector<TypeGrid> grids_;
  std::vector<BidMoments> bids_;
  const Strategies* strategies_ = nullptr;
};

class Llg final : public Format {
 public:
  explicit Llg(const LlgRules& rules) : rules_(rules) {}

  Index agents() const override { return 2; }
  Index outsiders() const override { return 1; }
  Interval types(Index agent) const override {
    if (agent == kGlobal) return {0.0, rules_.global_high};
    return {prior(agent).low(), prior(agent).high()};
  }
  Interval bids(Index agent) const override { return {0.0, prior(agent).high()}; }
  double lowest_bid(Index) const override { return 0.0; }
  TypeGrid grid(Index agent, Index nodes) const override { return prior(agent).grid(nodes); }
  std::unique_ptr<Clearing> clearing(const std::vector<TypeGrid>& grids, Index) const override {
    return std::make_unique<LlgClearing>(rules_, grids);
  }
  void start(Index, std::span<const double> type, std::span<double> bids) const override {
    bids[0] = type[0];
  }

  /// E max(v_1 + v_2, g) = high / 2 + E (v_1 + v_2)^2 / (2 high).
  double first_best() const override {
    constexpr int kParts = 20000;
    std::array<double, 2> mean{}, square{};
    for (std::size_t agent = 0; agent < 2; ++agent)
      for (int k = 0; k < kParts; ++k) {
        const double value = rules_.values[agent].quantile((k + 0.5) / kParts);
        mean[agent] += value / kParts;
        square[agent] += value * value / kParts;
      }
    return 0.5 * (rules_.global_high +
                  (square[0] + square[1] + 2.0 * mean[0] * mean[1]) / rules_.global_high);
  }

  std::vector<std::string> equilibria() const override {
    if (rules_.payment == LocalPayment::kVcg) return {"truth"};
    const Prior& values = rules_.values[0];
    if (!values.is_uniform() || values.low() != 0.0 || !(values == rules_.values[1])) return {};
    return {"symmetric"};
  }
  /// Whatever the global's range: it scales all utilities alike.
  bool known_bids(std::size_t, Index, std::span<const double> type,
                  std::span<double> bids) const override {
    const double high = rules_.values[0].high(), value = type[0] / high;
    switch (rules_.payment) {
      case LocalPayment::kNearestZero:
        bids[0] = value > 0.0 ? std::max(0.0, high * (1.0 + std::log(value))) : 0.0;
        break;
      case LocalPayment::kNearestVcg:
        bids[0] = std::max(0.0, high * (value - (3.0 - std::sqrt(8.0))));
        break;
      case LocalPayment::kNearestBid:
        bids[0] = high * std::log(2.0 / (2.0 - value));
        break;
      case LocalPayment::kVcg:
        bids[0] = type[0];
        break;
    }
    return true;
  }

  std::optional<double> ex_post(Index agent, std::span<const double> type,
                                std::span<const double> own,
                                const PaddedMatrix& others) const override {
    const double other = others(1 - agent, 0), global = others(kGlobal, 0);
    if (own[0] + other <= global) return 0.0;
    return type[0] - local_payment(rules_.payment, own[0], other, global);
  }

 private:
  const Prior& prior(Index agent) const { return rules_.values[static_cast<std::size_t>(agent)]; }

  LlgRules rules_;
};

}  // namespace

std::unique_ptr<Format> llg(const LlgRules& rules) { return std::make_unique<Llg>(rules); }

}  // namespace gbid::auctions
