// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/formats/mineral_rights.hpp"

#include <algorithm>
#include <cmath>

#include "scenarios/auctions/distributions/uniform_grid.hpp"
#include "scenarios/auctions/formats/signal_clearing.hpp"

namespace gbid::auctions {
namespace {

constexpr Interval kMineralSignals{0.0, mineral::kTopSignal};

/// Utilities of mineral rights are sums of d utility / d bid over equal steps, from a bid of zero
/// on.
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
        passed(agent, step).find(curve(agent), midpoint(step), kFlattest);
  }

  void gradient(Index agent, PaddedMatrix& out) const override {
    for_blocks(grid(agent).count(), kNodesPerBlock, [&](Index block, Index begin, Index end) {
      Losers &first = room(agent, block, 0), &second = room(agent, block, 1);
      for (Index node = begin; node < end; ++node) {
        const double x = signal(agent, node), b = bid(agent, node);
        out(node, 0) = 0.0;
        if (mineral::density(x) <= 0.0) continue;  // never drawn
        first.find(curve((agent + 1) % 3), b, kFlattest);
        second.find(curve((agent + 2) % 3), b, kFlattest);
        out(node, 0) = weight(agent, node) * mineral::weighted_d_bid(x, b, first, second) /
                       mineral::density(x);
      }
    });
  }

  double utility(Index agent, Index node, std::span<const double> bids) const override {
    double sum = 0.0;
    walk(agent, node,
         [&](double from, double d_bid) { sum += d_bid * std::clamp(bids[0] - from, 0.0, kStep); });
    return sum;
  }

  BestResponse best_response(Index agent, Index node) const override {
    double sum = 0.0;
    BestResponse best{{0.0}, 0.0};
    walk(agent, node, [&](double from, double d_bid) {
      sum += d_bid * kStep;
      if (sum > best.utility) best = {{from + kStep}, sum};
    });
    return best;
  }
  bool is_exact() const override { return false; }

  double surplus() const override { return 0.5; }

 private:
  static constexpr Index kSteps = 512;
  static constexpr double kStep = 1.0 / kSteps;

  /// take(begin of a step, d utility / d bid at its midpoint) over all steps of [0, 1].
  template <class Take>
  void walk(Index agent, Index node, const Take& take) const {
    const double x = signal(agent, node);
    if (mineral::density(x) <= 0.0) return;
    for (Index step = 0; step < kSteps; ++step)
      take(kStep * static_cast<double>(step),
           mineral::weighted_d_bid(x, midpoint(step), passed((agent + 1) % 3, step),
                                   passed((agent + 2) % 3, step)) /
               mineral::density(x));
  }

  static double midpoint(Index step) { return kStep * (static_cast<double>(step) + 0.5); }
  Losers& passed(Index agent, Index step) {
    return passed_[static_cast<std::size_t>(agent * kSteps + step)];
  }
  const Losers& passed(Index agent, Index step) const {
    return passed_[static_cast<std::size_t>(agent * kSteps + step)];
  }

  std::vector<Losers> passed_;  // (agent x step)
};

class MineralRightsFormat final : public Format {
 public:
  Index agents() const override { return 3; }
  Interval types(Index) const override { return kMineralSignals; }
  Interval bids(Index) const override { return {0.0, 1.0}; }
  TypeGrid grid(Index, Index nodes) const override {
    return uniform_grid(kMineralSignals, nodes, [](double x) {
      return x > 0.0 ? 0.5 * x * (1.0 - std::log(0.5 * x)) : 0.0;
    });
  }
  std::unique_ptr<Clearing> clearing(const std::vector<TypeGrid>& grids, Index) const override {
    return std::make_unique<MineralClearing>(grids);
  }
  /// A value that the own signal alone suggests, whatever the signals of others.
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

std::unique_ptr<const Format> MineralRights::make(const std::vector<Prior>&, ArrayLoader&) const {
  return mineral_rights();
}

std::unique_ptr<Format> mineral_rights() { return std::make_unique<MineralRightsFormat>(); }

}  // namespace gbid::auctions
