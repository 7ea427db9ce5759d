// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/formats/multi_unit_clearing.hpp"

#include <algorithm>
#include <array>

#include "scenarios/auctions/distributions/bid_distribution.hpp"
#include "scenarios/auctions/formats/best_bid.hpp"

namespace gbid::auctions {
namespace {

/// For the gradient an atom at zero is spread over this share of the bids: what agents then bid
/// above the atom is of this order.
constexpr double kAtomWidth = 0.02;
/// Added to the density that a first bid of two units meets. Its derivative, (v - b) x density,
/// keeps its sign, and where no rival bids it points to the weakly best bid.
constexpr double kTremble = 0.02;

class MultiUnitClearing final : public Clearing {
 public:
  static constexpr Index kBidsTried = 512;

  MultiUnitClearing(const MultiUnitRules& rules, const std::vector<TypeGrid>& grids, Index cells)
      : rules_(rules), grids_(grids) {
    for (const TypeGrid& grid : grids_) {
      laws_.insert(laws_.end(), 2, BidDistribution(cells));
      sorted_.emplace_back(grid.count(), 2);
    }
  }

  void prepare(const Strategies& strategies) override {
    strategies_ = &strategies;
    for (Index agent = 0; agent < 2; ++agent) {
      const PaddedMatrix& bids = strategies[static_cast<std::size_t>(agent)];
      PaddedMatrix& sorted = sorted_[static_cast<std::size_t>(agent)];
      for (Index node = 0; node < bids.rows(); ++node) {
        sorted(node, 0) = std::max(bids(node, 0), bids(node, 1));
        sorted(node, 1) = std::min(bids(node, 0), bids(node, 1));
      }
      for (Index unit = 0; unit < 2; ++unit) count(agent, unit);
    }
  }

  void gradient(Index agent, PaddedMatrix& out) const override {
    const PaddedMatrix& bids = (*strategies_)[static_cast<std::size_t>(agent)];
    for (Index node = 0; node < bids.rows(); ++node) {
      const double weight =
          grids_[static_cast<std::size_t>(agent)].weights[static_cast<std::size_t>(node)];
      const Index first = bids(node, 0) >= bids(node, 1) ? 0 : 1;
      const auto [v1, v2] = values(agent, node);
      out(node, first) = weight * d_first(1 - agent, v1, bids(node, first));
      out(node, 1 - first) = weight * d_second(1 - agent, v2, bids(node, 1 - first));
    }
  }

  double utility(Index agent, Index node, std::span<const double> bids) const override {
    const auto [v1, v2] = values(agent, node);
    const double first = std::max(bids[0], bids[1]), second = std::min(bids[0], bids[1]);
    return first_part(1 - agent, v1, first) + second_part(1 - agent, v2, second);
  }

  /// The utility is the sum of a part of each bid, so that the best pair with second <= first is
  /// found in one pass over first bids.
  BestResponse best_response(Index agent, Index node) const override {
    const auto [v1, v2] = values(agent, node);
    const Index rival = 1 - agent;
    const double high = rules_.values.high(), space = high / static_cast<double>(kBidsTried - 1);
    const auto of_first = [&, value = v1](double bid) { return first_part(rival, value, bid); };
    const auto of_second = [&, value = v2](double bid) { return second_part(rival, value, bid); };
    BestBid first = best_bid(0.0, high, kBidsTried, of_first);
    BestBid second = best_bid(0.0, high, kBidsTried, of_second);
    // Atoms at zero make utilities steep there; the current bid counts among the bids tried.
    const double* now = sorted_[static_cast<std::size_t>(agent)].row(node);
    if (const double u = of_first(now[0]); u > first.utility) first = {now[0], u};
    if (const double u = of_second(now[1]); u > second.utility) second = {now[1], u};
    if (is_first_certain()) first.bid = high;  // any is as good
    if (second.bid <= first.bid) return {{first.bid, second.bid}, first.utility + second.utility};
    BestResponse best{{now[0], now[1]}, of_first(now[0]) + of_second(now[1])};
    BestBid below{0.0, of_second(0.0)};
    for (Index k = 0; k < kBidsTried; ++k) {
      const double bid = space * static_cast<double>(k);
      if (const double u = of_second(bid); u > below.utility) below = {bid, u};
      if (const double u = of_first(bid) + below.utility; u > best.utility)
        best = {{bid, below.bid}, u};
    }
    return best;
  }

  double revenue() const override {
    return mean([&](Index rival, Index, double first, double second) {
      return first_payment(rival, first) + second_payment(rival, second);
    });
  }
  double surplus() const override {
    return mean([&](Index rival, Index node, double first, double second) {
      const auto [v1, v2] = values(1 - rival, node);
      return v1 * wins_first(rival, first) + v2 * wins_second(rival, second);
    });
  }

 private:
  const BidDistribution& law(Index agent, Index unit) const {
    return laws_[static_cast<std::size_t>(2 * agent + unit)];
  }
  std::array<double, 2> values(Index agent, Index node) const {
    const auto type = grids_[static_cast<std::size_t>(agent)].type(node);
    return {type.front(), type.back()};
  }

  void count(Index agent, Index unit) {
    BidDistribution& law = laws_[static_cast<std::size_t>(2 * agent + unit)];
    const TypeGrid& grid = grids_[static_cast<std::size_t>(agent)];
    const PaddedMatrix& bids = sorted_[static_cast<std::size_t>(agent)];
    law.clear(0.0, rules_.values.high());
    if (rules_.falls) {
      const Triangle triangle = Triangle::of(grid.count());
      const double mass = 1.0 / static_cast<double>(triangle.edge * triangle.edge);
      triangle.each([&](Index a, Index b, Index c) {
        law.add_triangle(bids(a, unit), bids(b, unit), bids(c, unit), mass);
      });
    } else {
      law.add_curve(grid, bids, unit);
    }
    law.finish();
  }

  // Of an agent's first (0) or second (1) bid: the probability that it is lower, with half of every
  // tie; its density, with the atom at zero spread over `kAtomWidth`; int_0^b of the
  // probability.
  double below(Index agent, Index unit, double bid) const {
    return bid > 0.0 ? law(agent, unit).below_with_ties(law(agent, unit).place(bid))
                     : 0.5 * law(agent, unit).atom();
  }
  double density(Index agent, Index unit, double bid) const {
    const double width = kAtomWidth * rules_.values.high();
    return law(agent, unit).density(law(agent, unit).place(bid)) +
           (bid < width ? law(agent, unit).atom() / width : 0.0);
  }
  double integral(Index agent, Index unit, double bid) const {
    return law(agent, unit).integral(law(agent, unit).place(bid));
  }

  // The first unit is won by a first bid above the rival's second one; of three units, always. The
  // second is won by a second bid above the rival's first one; of three units, its second.
  bool is_first_certain() const { return rules_.units == 3; }
  Index met_by_second() const { return is_first_certain() ? 1 : 0; }

  double wins_first(Index rival, double bid) const {
    return is_first_certain() ? 1.0 : below(rival, 1, bid);
  }
  double wins_second(Index rival, double bid) const { return below(rival, met_by_second(), bid); }

  // With L(b) = int_0^b G: E[c; c < b] = b G(b) - L(b). Expected payments are sums of a part of
  // each bid; at a uniform price the second one carries what it does to the price of the first
  // unit.
  double first_payment(Index rival, double bid) const {
    const bool is_uniform = rules_.payment == MultiUnitRules::Payment::kUniform;
    if (is_first_certain()) return 0.0;
    return bid * wins_first(rival, bid) - (is_uniform ? integral(rival, 1, bid) : 0.0);
  }
  double second_payment(Index rival, double bid) const {
    const double won = bid * wins_second(rival, bid);
    if (rules_.payment == MultiUnitRules::Payment::kDiscriminatory) return won;
    const double at_price = is_first_certain() ? bid : integral(rival, 1, bid);
    return at_price + won - 2.0 * integral(rival, met_by_second(), bid);
  }
  double first_part(Index rival, double value, double bid) const {
    return value * wins_first(rival, bid) - first_payment(rival, bid);
  }
  double second_part(Index rival, double value, double bid) const {
    return value * wins_second(rival, bid) - second_payment(rival, bid);
  }

  double d_first(Index rival, double value, double bid) const {
    if (is_first_certain()) return 0.0;
    if (rules_.payment == MultiUnitRules::Payment::kDiscriminatory)
      return (value - bid) * density(rival, 1, bid) - wins_first(rival, bid);
    return (value - bid) * (density(rival, 1, bid) + kTremble);
  }
  double d_second(Index rival, double value, double bid) const {
    const double margin = (value - bid) * density(rival, met_by_second(), bid);
    const double won = wins_second(rival, bid);
    if (rules_.payment == MultiUnitRules::Payment::kDiscriminatory) return margin - won;
    // The price of one unit rises with the second bid while that is the highest losing one.
    return margin - (wins_first(rival, bid) - won);
  }

  template <class Value>
  double mean(const Value& value) const {
    double sum = 0.0;
    for (Index agent = 0; agent < 2; ++agent) {
      const TypeGrid& grid = grids_[static_cast<std::size_t>(agent)];
      const PaddedMatrix& bids = sorted_[static_cast<std::size_t>(agent)];
      for (Index node = 0; node < grid.count(); ++node)
        sum += grid.weights[static_cast<std::size_t>(node)] *
               value(1 - agent, node, bids(node, 0), bids(node, 1));
    }
    return sum;
  }

  MultiUnitRules rules_;
  std::vector<TypeGrid> grids_;
  std::vector<BidDistribution> laws_;  // (agent x unit) of its first and second bids
  std::vector<PaddedMatrix> sorted_;   // per agent (node x unit)
  const Strategies* strategies_ = nullptr;
};

}  // namespace

std::unique_ptr<Clearing> multi_unit_clearing(const MultiUnitRules& rules,
                                              const std::vector<TypeGrid>& grids, Index cells) {
  return std::make_unique<MultiUnitClearing>(rules, grids, cells);
}

}  // namespace gbid::auctions
