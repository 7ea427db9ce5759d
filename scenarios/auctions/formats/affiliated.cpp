// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/formats/affiliated.hpp"

#include "scenarios/auctions/distributions/uniform_grid.hpp"
#include "scenarios/auctions/formats/best_bid.hpp"
#include "scenarios/auctions/formats/signal_clearing.hpp"

namespace gbid::auctions {
namespace {

constexpr Interval kSignals{0.0, affiliated::kTopSignal};

class AffiliatedClearing final : public SignalClearing {
 public:
  static constexpr Index kBidsTried = 256;

  using SignalClearing::SignalClearing;

  void gradient(Index agent, PaddedMatrix& out) const override {
    for_blocks(grid(agent).count(), kNodesPerBlock, [&](Index block, Index begin, Index end) {
      Losers& losers = room(agent, block, 0);
      for (Index node = begin; node < end; ++node) {
        const double x = signal(agent, node);
        if (x <= 0.0 || x >= kSignals.high) {  // never drawn
          out(node, 0) = 0.0;
          continue;
        }
        losers.find(curve(1 - agent), bid(agent, node), kFlattest);
        out(node, 0) = weight(agent, node) * affiliated::d_bid(x, bid(agent, node), losers);
      }
    });
  }

  double utility(Index agent, Index node, std::span<const double> bids) const override {
    Losers losers;
    return utility_of(agent, node, bids[0], losers);
  }

  BestResponse best_response(Index agent, Index node) const override {
    Losers losers;
    const BestBid best = best_bid(0.0, kSignals.high, kBidsTried,
                                  [&](double b) { return utility_of(agent, node, b, losers); });
    return {{best.bid}, best.utility};
  }

  /// The item is always sold, and worth (X_1 + X_2) / 2 to the winner.
  double surplus() const override { return 1.0; }

 private:
  double utility_of(Index agent, Index node, double bid, Losers& losers) const {
    const double x = signal(agent, node);
    if (x <= 0.0 || x >= kSignals.high) return 0.0;
    losers.find(curve(1 - agent), bid, kFlattest);
    return affiliated::utility(x, bid, losers);
  }
};

class AffiliatedFormat final : public Format {
 public:
  Index agents() const override { return 2; }
  Interval types(Index) const override { return kSignals; }
  Interval bids(Index) const override { return kSignals; }
  TypeGrid grid(Index, Index nodes) const override {
    return uniform_grid(kSignals, nodes, [](double x) {
      return x <= 1.0 ? 0.5 * x * x : 1.0 - 0.5 * (2.0 - x) * (2.0 - x);
    });
  }
  std::unique_ptr<Clearing> clearing(const std::vector<TypeGrid>& grids, Index) const override {
    return std::make_unique<AffiliatedClearing>(grids);
  }
  /// The own half of the value.
  void start(Index, std::span<const double> type, std::span<double> bids) const override {
    bids[0] = 0.5 * type[0];
  }
  double first_best() const override { return 1.0; }
  std::vector<std::string> equilibria() const override { return {"symmetric"}; }
  bool known_bids(std::size_t, Index, std::span<const double> type,
                  std::span<double> bids) const override {
    bids[0] = 2.0 * type[0] / 3.0;
    return true;
  }
};

}  // namespace

std::unique_ptr<const Format> AffiliatedFirstPrice::make(const std::vector<Prior>&,
                                                         ArrayLoader&) const {
  return affiliated_first_price();
}

std::unique_ptr<Format> affiliated_first_price() { return std::make_unique<AffiliatedFormat>(); }

}  // namespace gbid::auctions
