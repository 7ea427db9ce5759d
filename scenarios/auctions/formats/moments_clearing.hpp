// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <vector>

#include "scenarios/auctions/distributions/bid_moments.hpp"
#include "scenarios/auctions/formats/best_bid.hpp"
#include "scenarios/auctions/formats/format.hpp"

namespace gbid::auctions {

/// The clearing of two agents with a type and a bid of one number each, whose payoffs depend on the
/// moments of the other's bids.
/// @tparam Game  derived from this; says what a bid is worth, without a virtual call per node:
///   double d_bid(agent, type, bid) const            d interim utility / d bid
///   double utility_of(agent, type, bid) const       interim utility
template <class Game>
class MomentsClearing : public Clearing {
 public:
  /// @param ranges  of the agents' bids. @param bids_tried in the search of best responses.
  MomentsClearing(const std::vector<TypeGrid>& grids, const std::vector<Interval>& ranges,
                  Index bids_tried)
      : grids_(grids), ranges_(ranges), bids_tried_(bids_tried) {
    for (const Index agent : {0, 1})
      bids_.emplace_back(grid(agent).count(), kFlattest * ranges[at(agent)].width());
  }

  void prepare(const Strategies& strategies) final {
    strategies_ = &strategies;
    for (const Index agent : {0, 1}) bids_[at(agent)].build(grid(agent), strategies[at(agent)]);
  }

  void gradient(Index agent, PaddedMatrix& out) const final {
    for (Index node = 0; node < grid(agent).count(); ++node)
      out(node, 0) = weight(agent, node) * game().d_bid(agent, type(agent, node), bid(agent, node));
  }

  double utility(Index agent, Index node, std::span<const double> bids) const final {
    return game().utility_of(agent, type(agent, node), bids[0]);
  }

  BestResponse best_response(Index agent, Index node) const final {
    const double own = type(agent, node);
    const BestBid best = best_bid(ranges_[at(agent)].low, ranges_[at(agent)].high, bids_tried_,
                                  [&](double bid) { return game().utility_of(agent, own, bid); });
    return {{best.bid}, best.utility};
  }

 protected:
  const TypeGrid& grid(Index agent) const { return grids_[at(agent)]; }
  double type(Index agent, Index node) const { return grid(agent).type(node)[0]; }
  double weight(Index agent, Index node) const { return grid(agent).weights[at(node)]; }
  double bid(Index agent, Index node) const { return (*strategies_)[at(agent)](node, 0); }
  const BidMoments& bids(Index agent) const { return bids_[at(agent)]; }

  /// sum over an agent's types of weight x value(node).
  template <class Value>
  double mean(Index agent, const Value& value) const {
    double sum = 0.0;
    for (Index node = 0; node < grid(agent).count(); ++node)
      sum += weight(agent, node) * value(node);
    return sum;
  }

 private:
  /// Flatter pieces of a bid function count as this wide, in units of the bid range: much less than
  /// what agents learn to.
  static constexpr double kFlattest = 1e-5;
  static std::size_t at(Index k) { return static_cast<std::size_t>(k); }
  const Game& game() const { return static_cast<const Game&>(*this); }

  std::vector<TypeGrid> grids_;
  std::vector<Interval> ranges_;
  Index bids_tried_;
  std::vector<BidMoments> bids_;
  const Strategies* strategies_ = nullptr;
};

}  // namespace gbid::auctions
