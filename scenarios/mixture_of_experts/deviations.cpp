// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/mixture_of_experts/deviations.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/core/error.hpp"

namespace gbid::mixture_of_experts {
namespace {

// Score of the seller that a bidder turns to, on a mean image: the first choice by far, and the
// others are asked, too.
constexpr double kTurnedScore = 3.0;
// How often sellers that ask observe the market before any agent moves: their asks are then answers to each
// other and to bids, as they were when they last learned.
constexpr Index kLooks = 3;

/// Mean sum of an image's pixels, white being one; at least one.
double mean_brightness(const ImageSet& set) {
  double total = 0.0;
  for (const std::uint8_t pixel : set.pixels) total += pixel;
  return std::max(1.0, total / 255.0 / static_cast<double>(set.count));
}

}  // namespace

template <class T>
ExpertDeviations<T>::ExpertDeviations(std::unique_ptr<ExpertMarket<T>> market,
                                      std::shared_ptr<const Game> game, const Learner& learner,
                                      std::vector<Index> examined)
    : market_(std::move(market)),
      shape_(market_->shape()),
      game_(std::move(game)),
      learner_(learner),
      turn_(kTurnedScore / mean_brightness(game_->images->held_out)),
      examined_(std::move(examined)),
      alone_(examined_.size()),
      rate_(examined_.size(), 1.0),
      is_lost_(examined_.size(), 0) {
  for (Index look = 0; look < kLooks && !shape_.ask_layers.empty(); ++look) {
    market_->observe(look, Purpose::kDeviationNoise, look);
    market_->bid();
    market_->clear();
    market_->observe_prices();
  }
}

template <class T>
void ExpertDeviations<T>::set_learner(const Learner& learner) {
  market_->bidders().set_learner(learner);
  market_->sellers().set_learner(learner);
}

template <class T>
void ExpertDeviations<T>::state_payoffs(std::span<double> out) {
  bids_ = market_->evaluate().bid;
  earnings_.clear();
  for (Index c = 0; c < shape_.bidders; ++c) out[at(c)] = market_->payoff(c);
  for (Index i = 0; i < shape_.sellers; ++i) {
    out[at(shape_.bidders + i)] = market_->seller_payoff(i);
    earnings_.push_back(market_->earnings(i));
  }
}

template <class T>
double ExpertDeviations<T>::squared_residual() {
  std::vector<Index> everyone(at(shape_.agents()));
  std::iota(everyone.begin(), everyone.end(), Index{0});
  MeanGradient mean(examined_.size());
  set_learner(Sgd{.rate = 0.0});  // no agent moves, and gradients remain
  for (Index batch = 0; batch < MeanGradient::kBatches; ++batch) {
    for (const Index agent : examined_)  // a seller who rests leaves none
      std::fill_n(block(agent).gradient(row_number(agent)), length(agent), T{0});
    market_->observe(batch, Purpose::kDeviationNoise, batch);
    market_->bid();
    market_->clear();
    market_->differentiate(Objective::kOwnPayoff);
    market_->learn(Movers{everyone, true}, 0, 1);
    for (std::size_t k = 0; k < examined_.size(); ++k) {
      const Index agent = examined_[k];
      const T* gradient = block(agent).gradient(row_number(agent));
      mean.add(batch, k, std::span<const T>(gradient, at(length(agent))));
    }
  }
  return mean.squared_norm();
}

/// The sums of a seller's column exceed those of all others on any image.
template <class T>
void ExpertDeviations<T>::turn_to(Index seller, std::vector<T>& bidder) const {
  const Index columns = shape_.score_columns;
  T* gating = bidder.data() + shape_.gating_weights();
  std::fill_n(gating, shape_.pixels * columns, T{0});
  for (Index pixel = 0; pixel < shape_.pixels; ++pixel)
    gating[pixel * columns + seller] = static_cast<T>(turn_);
}

template <class T>
void ExpertDeviations<T>::restart(Index climb) {
  market_->bidders().forget();
  market_->sellers().forget();
  std::fill(is_lost_.begin(), is_lost_.end(), 0);
  for (std::size_t k = 0; k < examined_.size(); ++k) {
    const Index agent = examined_[k];
    alone_[k].assign(row(agent), row(agent) + length(agent));
    const Index others = is_bidder(agent) ? shape_.sellers - 1 : 0;
    rate_[k] = climb <= others ? 1.0 : std::pow(kSlowerClimb, static_cast<double>(climb - others));
    if (climb == 0 || climb > others) continue;
    std::vector<Index> sellers(at(shape_.sellers));
    std::iota(sellers.begin(), sellers.end(), Index{0});
    const double* bid = bids_.data() + agent * shape_.sellers;
    std::stable_sort(sellers.begin(), sellers.end(),
                     [&](Index a, Index b) { return bid[a] > bid[b]; });
    turn_to(sellers[at(climb)], alone_[k]);
  }
}

template <class T>
template <class Body>
void ExpertDeviations<T>::in_its_market(std::size_t k, const Body& body) {
  T* parameters = row(examined_[k]);
  std::swap_ranges(alone_[k].begin(), alone_[k].end(), parameters);
  try {
    body(examined_[k]);
  } catch (const NumericError&) {
    is_lost_[k] = 1;
  }
  std::swap_ranges(alone_[k].begin(), alone_[k].end(), parameters);
}

template <class T>
void ExpertDeviations<T>::climb_alone(Index agent, Index step) {
  const Movers mover{{&agent, 1}, shape_.agents() == 1};
  for (int phase = 0; phase < market_->bidders().phases(); ++phase) {
    market_->observe(step, Purpose::kDeviationNoise, step);
    market_->bid();
    if (is_bidder(agent))
      market_->clear_for(agent);
    else
      market_->clear();
    market_->differentiate(Objective::kOwnPayoff);
    market_->learn(mover, phase, step + 1);
  }
}

template <class T>
void ExpertDeviations<T>::climb(Index step, double rate_share) {
  for (std::size_t k = 0; k < examined_.size(); ++k) {
    if (is_lost_[k]) continue;
    set_learner(with_rate(learner_, rate_share * rate_[k]));
    in_its_market(k, [&](Index agent) { climb_alone(agent, step); });
    if (is_bidder(examined_[k]) || shape_.ask_layers.empty()) continue;
    const auto ask = shape_.ask_layers.front().weights;
    std::copy(row(examined_[k]) + ask, row(examined_[k]) + length(examined_[k]),
              alone_[k].begin() + ask);
  }
}

template <class T>
void ExpertDeviations<T>::payoffs(std::span<double> out) {
  std::fill(out.begin(), out.end(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t k = 0; k < examined_.size(); ++k) {
    if (is_lost_[k]) continue;
    in_its_market(k, [&](Index agent) {
      market_->evaluate();
      out[at(agent)] = is_bidder(agent) ? market_->payoff(agent)
                                        : market_->seller_payoff(agent - shape_.bidders);
    });
  }
}

/// Earnings, ask x sum over bidders of what their bids exceed it by, are a parabola between any two
/// neighbouring bids: with m bidders above the ask, highest at half their mean bid.
template <class T>
double ExpertDeviations<T>::separate_gain(Index agent) const {
  if (is_bidder(agent) || shape_.ask_layers.empty()) return 0.0;
  const Index seller = agent - shape_.bidders;
  std::vector<double> bids;
  for (Index c = 0; c < shape_.bidders; ++c) bids.push_back(bids_[at(c * shape_.sellers + seller)]);
  std::sort(bids.rbegin(), bids.rend());
  double best = 0.0, sum = 0.0;
  for (std::size_t m = 1; m <= bids.size(); ++m) {
    sum += bids[m - 1];
    const auto buyers = static_cast<double>(m);
    const double lowest = m < bids.size() ? std::max(bids[m], 0.0) : 0.0;
    if (!(lowest <= bids[m - 1])) break;
    const double ask = std::clamp(sum / (2.0 * buyers), lowest, bids[m - 1]);
    best = std::max(best, -game_->config.payoff.payment * ask * (sum - buyers * ask));
  }
  return std::max(0.0, best - earnings_[at(seller)]);
}

template class ExpertDeviations<float>;
template class ExpertDeviations<double>;

}  // namespace gbid::mixture_of_experts
