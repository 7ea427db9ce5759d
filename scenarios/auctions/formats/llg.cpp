// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/formats/llg.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/config/schema.hpp"
#include "scenarios/auctions/formats/moments_clearing.hpp"

namespace gbid::auctions {
namespace {

constexpr Index kGlobal = 2;

/// The payment of a local that bids b, integrated over the global's values at which the locals win,
/// in expectation over the other local's bid.
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

/// d expected_payment / d own.
double d_expected_payment(LocalPayment rule, double own, const BidMoments& other) {
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

class LlgClearing final : public MomentsClearing<LlgClearing> {
 public:
  static constexpr Index kBidsTried = 256;

  LlgClearing(LocalPayment payment, double global_high, const std::vector<Interval>& ranges,
              const std::vector<TypeGrid>& grids)
      : MomentsClearing(grids, ranges, kBidsTried), payment_(payment), global_high_(global_high) {}

  /// Divided by the global's density, so that it is of order one.
  double d_bid(Index agent, double value, double bid) const {
    return value - d_expected_payment(payment_, bid, other(agent));
  }

  double utility_of(Index agent, double value, double bid) const {
    return (value * (bid + other(agent).mean()) - expected_payment(payment_, bid, other(agent))) /
           global_high_;
  }

  /// What the locals pay where they win, and what they bid where they lose.
  double revenue() const override {
    const double sum = bids(0).mean() + bids(1).mean();
    double paid = sum - mean_square_of_sum() / global_high_;
    for (const Index agent : {0, 1})
      paid += mean(agent, [&](Index node) {
        return expected_payment(payment_, bid(agent, node), other(agent)) / global_high_;
      });
    return paid;
  }

  double surplus() const override {
    const double high = global_high_;
    double sum = 0.5 * (high * high - mean_square_of_sum()) / high;  // of the global
    for (const Index agent : {0, 1})
      sum += mean(agent, [&](Index node) {
        return type(agent, node) * (bid(agent, node) + other(agent).mean()) / high;
      });
    return sum;
  }

 private:
  const BidMoments& other(Index agent) const { return bids(1 - agent); }
  double mean_square_of_sum() const {
    return bids(0).mean_square() + 2.0 * bids(0).mean() * bids(1).mean() + bids(1).mean_square();
  }

  LocalPayment payment_;
  double global_high_;
};

class Llg final : public Format {
 public:
  Llg(LocalPayment payment, const Prior& first, const Prior& second)
      : payment_(payment), values_{first, second}, global_high_(first.high() + second.high()) {}

  Index agents() const override { return 2; }
  Index truthful_bidders() const override { return 1; }
  Interval types(Index agent) const override {
    if (agent == kGlobal) return {0.0, global_high_};
    return {prior(agent).low(), prior(agent).high()};
  }
  Interval bids(Index agent) const override { return {0.0, prior(agent).high()}; }
  BidRange bid_range(Index agent, std::span<const double>) const override {
    return {.lowest = 0.0, .step = bids(agent).width()};
  }
  TypeGrid grid(Index agent, Index nodes) const override { return prior(agent).grid(nodes); }
  std::unique_ptr<Clearing> clearing(const std::vector<TypeGrid>& grids, Index) const override {
    return std::make_unique<LlgClearing>(payment_, global_high_, std::vector{bids(0), bids(1)},
                                         grids);
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
        const double value = values_[agent].quantile((k + 0.5) / kParts);
        mean[agent] += value / kParts;
        square[agent] += value * value / kParts;
      }
    return 0.5 * (global_high_ + (square[0] + square[1] + 2.0 * mean[0] * mean[1]) / global_high_);
  }

  std::vector<std::string> equilibria() const override {
    if (payment_ == LocalPayment::kVcg) return {"truth"};
    const Prior& values = values_[0];
    if (!values.is_uniform() || values.low() != 0.0 || !(values == values_[1])) return {};
    return {"symmetric"};
  }
  /// Whatever the global's range: it scales all utilities alike.
  bool known_bids(std::size_t, Index, std::span<const double> type,
                  std::span<double> bids) const override {
    const double high = values_[0].high(), value = type[0] / high;
    switch (payment_) {
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
    return type[0] - local_payment(payment_, own[0], other, global);
  }

 private:
  const Prior& prior(Index agent) const { return values_[static_cast<std::size_t>(agent)]; }

  LocalPayment payment_;
  std::array<Prior, 2> values_;  // of the locals
  double global_high_;
};

}  // namespace

void LocalLocalGlobal::keys(config::Schema<LocalLocalGlobal>& schema) {
  using Payment = LocalPayment;
  schema.choice("payment", &LocalLocalGlobal::payment,
                {{Payment::kNearestZero, "nearest_zero", "the core point nearest to zero"},
                 {Payment::kNearestVcg, "nearest_vcg", "the core point nearest to VCG payments"},
                 {Payment::kNearestBid, "nearest_bid", "the core point nearest to the bids"},
                 {Payment::kVcg, "vcg", "what the others lose by the bidder: truthful"}},
                "what locals that win pay");
}

std::unique_ptr<const Format> LocalLocalGlobal::make(const std::vector<Prior>& priors,
                                                     ArrayLoader&) const {
  return llg(*this, priors[0], priors[1]);
}

std::unique_ptr<Format> llg(const LocalLocalGlobal& rules, const Prior& first,
                            const Prior& second) {
  return std::make_unique<Llg>(rules.payment, first, second);
}

}  // namespace gbid::auctions
