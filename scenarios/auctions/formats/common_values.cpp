// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/formats/common_values.hpp"

#include <algorithm>
#include <cmath>

#include "engine/stepping/blocks.hpp"
#include "scenarios/auctions/distributions/common_signals.hpp"
#include "scenarios/auctions/distributions/even_grid.hpp"
#include "scenarios/auctions/formats/best_bid.hpp"

namespace gbid::auctions {
namespace {

constexpr double kFlattest = 1e-4;  // bids per signal
constexpr Index kBidsTried = 256;
constexpr Index kNodesPerBlock = 32;
constexpr Interval kSignals{0.0, 2.0};

/// What both games share: agents with curves of bids over the same interval of signals.
class SignalClearing : public Clearing {
 public:
  explicit SignalClearing(const std::vector<TypeGrid>& grids) : grids_(grids) {
    Index longest = 0;
    for (const TypeGrid& grid : grids_) {
      bids_.emplace_back(static_cast<std::size_t>(grid.count()));
      longest = std::max(longest, grid.count());
    }
    blocks_ = block_count(longest, kNodesPerBlock);
    losers_.resize(2 * grids_.size() * static_cast<std::size_t>(blocks_));
    for (Losers& losers : losers_) losers.crossings.reserve(static_cast<std::size_t>(longest));
  }

  void prepare(const Strategies& strategies) override {
    for (std::size_t agent = 0; agent < bids_.size(); ++agent)
      for (std::size_t node = 0; node < bids_[agent].size(); ++node)
        bids_[agent][node] = strategies[agent](static_cast<Index>(node), 0);
  }

  double revenue() const override {
    double sum = surplus();
    for (std::size_t agent = 0; agent < grids_.size(); ++agent)
      for (std::size_t node = 0; node < bids_[agent].size(); ++node)
        sum -=
            grids_[agent].weights[node] *
            utility(static_cast<Index>(agent), static_cast<Index>(node), {&bids_[agent][node], 1});
    return sum;
  }

 protected:
  SignalBids curve(Index agent) const {
    const auto a = static_cast<std::size_t>(agent);
    return {grids_[a].types, bids_[a]};
  }
  const TypeGrid& grid(Index agent) const { return grids_[static_cast<std::size_t>(agent)]; }
  double signal(Index agent, Index node) const { return grid(agent).type(node)[0]; }
  double weight(Index agent, Index node) const {
    return grid(agent).weights[static_cast<std::size_t>(node)];
  }
  double bid(Index agent, Index node) const {
    return bids_[static_cast<std::size_t>(agent)][static_cast<std::size_t>(node)];
  }
  /// Room for the losers of a rival, of a block of an agent's nodes.
  Losers& room(Index agent, Index block, Index rival) const {
    return losers_[static_cast<std::size_t>(2 * (agent * blocks_ + block) + rival)];
  }

 private:
  std::vector<TypeGrid> grids_;
  std::vector<std::vector<double>> bids_;
  Index blocks_ = 0;
  mutable std::vector<Losers>
      losers_;  // a pair for every block of every agent: they run side by side
};

class AffiliatedClearing final : public SignalClearing {
 public:
  using SignalClearing::SignalClearing;

  void slopes(Index agent, PaddedMatrix& out) const override {
    for_blocks(grid(agent).count(), kNodesPerBlock, [&](Index block, Index begin, Index end) {
      Losers& losers = room(agent, block, 0);
      for (Index node = begin; node < end; ++node) {
        const double x = signal(agent, node);
        if (x <= 0.0 || x >= kSignals.high) {  // never drawn
          out(node, 0) = 0.0;
          continue;
        }
        losers.find(curve(1 - agent), bid(agent, node), kFlattest);
        out(node, 0) = weight(agent, node) * affiliated::slope(x, bid(agent, node), losers);
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

  /// The item is always sold, and worth (X_1 + X_2) / 2 to whom it goes.
  double surplus() const override { return 1.0; }

 private:
  double utility_of(Index agent, Index node, double bid, Losers& losers) const {
    const double x = signal(agent, node);
    if (x <= 0.0 || x >= kSignals.high) return 0.0;
    losers.find(curve(1 - agent), bid, kFlattest);
    return affiliated::utility(x, bid, losers);
  }
};

/// Utilities of mineral rights are sums of slopes, from a bid of zero on, over even steps.
class MineralClearing final : public SignalClearing {
 public:
  explicit MineralClearing(const std::vector<TypeGrid>& grids)
      : SignalClearing(grids), passed_(3 * kSteps) {
    for (Losers& losers : passed_)
      losers.crossings.reserve(static_cast<std::size_t>(grids[0].count()));
  }

  void tabulate() override {
    for (Index agent = 0; agent < 3; ++agent)
      for (Index step = 0; step < kSteps; ++step)
        passed(agent, step).find(curve(agent), middle(step), kFlattest);
  }

  void slopes(Index agent, PaddedMatrix& out) const override {
    for_blocks(grid(agent).count(), kNodesPerBlock, [&](Index block, Index begin, Index end) {
      Losers &first = room(agent, block, 0), &second = room(agent, block, 1);
      for (Index node = begin; node < end; ++node) {
        const double x = signal(agent, node), b = bid(agent, node);
        out(node, 0) = 0.0;
        if (mineral::density(x) <= 0.0) continue;  // never drawn
        first.find(curve((agent + 1) % 3), b, kFlattest);
        second.find(curve((agent + 2) % 3), b, kFlattest);
        out(node, 0) = weight(agent, node) * mineral::weighted_slope(x, b, first, second) /
                       mineral::density(x);
      }
    });
  }

  double utility(Index agent, Index node, std::span<const double> bids) const override {
    double sum = 0.0;
    walk(agent, node,
         [&](double from, double slope) { sum += slope * std::clamp(bids[0] - from, 0.0, kStep); });
    return sum;
  }

  BestResponse best_response(Index agent, Index node) const override {
    double sum = 0.0;
    BestResponse best{{0.0}, 0.0};
    walk(agent, node, [&](double from, double slope) {
      sum += slope * kStep;
      if (sum > best.utility) best = {{from + kStep}, sum};
    });
    return best;
  }
  bool is_exact() const override { return false; }

  double surplus() const override { return 0.5; }

 private:
  static constexpr Index kSteps = 512;
  static constexpr double kStep = 1.0 / kSteps;

  /// take(begin of a step, d utility / d bid in its middle) over all steps of [0, 1].
  template <class Take>
  void walk(Index agent, Index node, const Take& take) const {
    const double x = signal(agent, node);
    if (mineral::density(x) <= 0.0) return;
    for (Index step = 0; step < kSteps; ++step)
      take(kStep * static_cast<double>(step),
           mineral::weighted_slope(x, middle(step), passed((agent + 1) % 3, step),
                                   passed((agent + 2) % 3, step)) /
               mineral::density(x));
  }

  static double middle(Index step) { return kStep * (static_cast<double>(step) + 0.5); }
  Losers& passed(Index agent, Index step) {
    return passed_[static_cast<std::size_t>(agent * kSteps + step)];
  }
  const Losers& passed(Index agent, Index step) const {
    return passed_[static_cast<std::size_t>(agent * kSteps + step)];
  }

  std::vector<Losers> passed_;  // (agent x step)
};

class AffiliatedFormat final : public Format {
 public:
  Index agents() const override { return 2; }
  Interval types(Index) const override { return kSignals; }
  Interval bids(Index) const override { return kSignals; }
  TypeGrid grid(Index, Index nodes) const override {
    return even_grid(kSignals, nodes, [](double x) {
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

class MineralRightsFormat final : public Format {
 public:
  Index agents() const override { return 3; }
  Interval types(Index) const override { return kSignals; }
  Interval bids(Index) const override { return {0.0, 1.0}; }
  TypeGrid grid(Index, Index nodes) const override {
    return even_grid(kSignals, nodes,
                     [](double x) { return x > 0.0 ? 0.5 * x * (1.0 - std::log(0.5 * x)) : 0.0; });
  }
  std::unique_ptr<Clearing> clearing(const std::vector<TypeGrid>& grids, Index) const override {
    return std::make_unique<MineralClearing>(grids);
  }
  /// What the signal alone tells of the value, without thought of those of others.
  void start(Index, std::span<const double> type, std::span<double> bids) const override {
    bids[0] = 0.5 * type[0];
  }
  double first_best() const override { return 0.5; }
  std::vector<std::string> equilibria() const override { return {"symmetric"}; }
  bool known_bids(std::size_t, Index, std::span<const double> type,
                  std::span<double> bids) const override {
    bids[0] = 2.0 * type[0] / (2.0 + type[0]);
    return true;
  }
};

}  // namespace

std::unique_ptr<Format> affiliated_first_price() { return std::make_unique<AffiliatedFormat>(); }
std::unique_ptr<Format> mineral_rights() { return std::make_unique<MineralRightsFormat>(); }

}  // namespace gbid::auctions
