// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/multi_unit.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>

#include "scenarios/auctions/best_bid.hpp"
#include "scenarios/auctions/binned_bids.hpp"

namespace gbid::auctions {
namespace {

constexpr double kFree = std::numeric_limits<double>::quiet_NaN();
constexpr Index kBidsTried = 512;
/// Crowds at zero are spread over this share of the bids for the slopes: what agents then bid above
/// the crowd is of this order.
constexpr double kAtomWidth = 0.02;
/// Added to the density that a first bid of two units meets. Its slope, (v - b) x density, keeps
/// its sign, and where no rival bids it says what is weakly best.
constexpr double kTremble = 0.02;

/// The triangle 0 <= second <= first <= 1 of quantiles, cut into edge^2 equal triangles. Node (i,
/// j), j <= i <= edge, has the first coordinate i and the second j.
struct Triangle {
  Index edge;
  static Index nodes(Index edge) { return (edge + 1) * (edge + 2) / 2; }
  static Index node(Index i, Index j) { return i * (i + 1) / 2 + j; }
  /// The finest with at most that many nodes.
  static Triangle of(Index most) {
    Index edge = 2;
    while (nodes(edge + 1) <= most) ++edge;
    return {edge};
  }
  /// visit(three nodes) of every triangle.
  template <class Visit>
  void each(const Visit& visit) const {
    for (Index i = 0; i < edge; ++i)
      for (Index j = 0; j <= i; ++j) {
        visit(node(i, j), node(i + 1, j), node(i + 1, j + 1));
        if (j < i) visit(node(i, j), node(i + 1, j + 1), node(i, j + 1));
      }
  }
};

class MultiUnitClearing final : public Clearing {
 public:
  MultiUnitClearing(const MultiUnitRules& rules, const std::vector<TypeGrid>& grids, Index cells)
      : rules_(rules), grids_(grids) {
    for (const TypeGrid& grid : grids_) {
      for (int unit = 0; unit < 2; ++unit)
        laws_.emplace_back(rules.values.high(), cells, kAtomWidth * rules.values.high());
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

  void slopes(Index agent, PaddedMatrix& out) const override {
    const PaddedMatrix& bids = (*strategies_)[static_cast<std::size_t>(agent)];
    for (Index node = 0; node < bids.rows(); ++node) {
      const double weight =
          grids_[static_cast<std::size_t>(agent)].weights[static_cast<std::size_t>(node)];
      const Index first = bids(node, 0) >= bids(node, 1) ? 0 : 1;
      const auto [v1, v2] = values(agent, node);
      out(node, first) = weight * first_slope(1 - agent, v1, bids(node, first));
      out(node, 1 - first) = weight * second_slope(1 - agent, v2, bids(node, 1 - first));
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
    // Crowds near zero make utilities steep there; what is bid now counts among the bids tried.
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
  const BinnedBids& law(Index agent, Index unit) const {
    return laws_[static_cast<std::size_t>(2 * agent + unit)];
  }
  std::array<double, 2> values(Index agent, Index node) const {
    const auto type = grids_[static_cast<std::size_t>(agent)].type(node);
    return {type.front(), type.back()};
  }

  void count(Index agent, Index unit) {
    BinnedBids& law = laws_[static_cast<std::size_t>(2 * agent + unit)];
    const TypeGrid& grid = grids_[static_cast<std::size_t>(agent)];
    const PaddedMatrix& bids = sorted_[static_cast<std::size_t>(agent)];
    law.clear();
    if (rules_.falls) {
      const Triangle triangle = Triangle::of(grid.count());
      const double mass = 1.0 / static_cast<double>(triangle.edge * triangle.edge);
      triangle.each([&](Index a, Index b, Index c) {
        law.add_triangle(bids(a, unit), bids(b, unit), bids(c, unit), mass);
      });
    } else {
      for (Index node = 0; node + 1 < grid.count(); ++node)
        law.add_segment(bids(node, unit), bids(node + 1, unit),
                        grid.below[static_cast<std::size_t>(node + 1)] -
                            grid.below[static_cast<std::size_t>(node)]);
    }
    law.finish();
  }

  // The first unit is won by a first bid above the rival's second one; of three units, always. The
  // second is won by a second bid above the rival's first one; of three units, his second.
  bool is_first_certain() const { return rules_.units == 3; }
  const BinnedBids& met_by_second(Index rival) const {
    return law(rival, is_first_certain() ? 1 : 0);
  }

  double wins_first(Index rival, double bid) const {
    return is_first_certain() ? 1.0 : law(rival, 1).distribution(bid);
  }
  double wins_second(Index rival, double bid) const {
    return met_by_second(rival).distribution(bid);
  }

  // With L(b) = int_0^b G: E[c; c < b] = b G(b) - L(b). Expected payments are sums of a part of
  // each bid; at a uniform price the second one carries what it does to the price of the first
  // unit.
  double first_payment(Index rival, double bid) const {
    const bool is_uniform = rules_.payment == MultiUnitRules::Payment::kUniform;
    if (is_first_certain()) return 0.0;
    return bid * wins_first(rival, bid) - (is_uniform ? law(rival, 1).integral(bid) : 0.0);
  }
  double second_payment(Index rival, double bid) const {
    const BinnedBids& met = met_by_second(rival);
    const double won = bid * met.distribution(bid);
    if (rules_.payment == MultiUnitRules::Payment::kDiscriminatory) return won;
    const double at_price = is_first_certain() ? bid : law(rival, 1).integral(bid);
    return at_price + won - 2.0 * met.integral(bid);
  }
  double first_part(Index rival, double value, double bid) const {
    return value * wins_first(rival, bid) - first_payment(rival, bid);
  }
  double second_part(Index rival, double value, double bid) const {
    return value * wins_second(rival, bid) - second_payment(rival, bid);
  }

  double first_slope(Index rival, double value, double bid) const {
    if (is_first_certain()) return 0.0;
    const BinnedBids& met = law(rival, 1);
    if (rules_.payment == MultiUnitRules::Payment::kDiscriminatory)
      return (value - bid) * met.density(bid) - met.distribution(bid);
    return (value - bid) * (met.density(bid) + kTremble);
  }
  double second_slope(Index rival, double value, double bid) const {
    const BinnedBids& met = met_by_second(rival);
    const double margin = (value - bid) * met.density(bid), below = met.distribution(bid);
    if (rules_.payment == MultiUnitRules::Payment::kDiscriminatory) return margin - below;
    // The price of one unit rises with the second bid while that is the highest losing one.
    return margin - (wins_first(rival, bid) - below);
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
  std::vector<BinnedBids> laws_;      // (agent x unit) of its first and second bids
  std::vector<PaddedMatrix> sorted_;  // per agent (node x unit)
  const Strategies* strategies_ = nullptr;
};

class MultiUnit final : public Format {
 public:
  explicit MultiUnit(const MultiUnitRules& rules) : rules_(rules) {}

  Index agents() const override { return 2; }
  Index type_dimensions() const override { return rules_.falls ? 2 : 1; }
  Index bids_per_agent() const override { return 2; }
  Interval types(Index) const override { return {rules_.values.low(), rules_.values.high()}; }
  Interval bids(Index) const override { return {0.0, rules_.values.high()}; }
  double lowest_bid(Index) const override { return 0.0; }

  TypeGrid grid(Index, Index nodes) const override {
    if (!rules_.falls) return rules_.values.grid(nodes);
    const Triangle triangle = Triangle::of(nodes);
    TypeGrid grid;
    grid.dimensions = 2;
    const auto value = [&](Index k) {
      return rules_.values.quantile(static_cast<double>(k) / static_cast<double>(triangle.edge));
    };
    for (Index i = 0; i <= triangle.edge; ++i)
      for (Index j = 0; j <= i; ++j) {
        grid.types.push_back(value(i));
        grid.types.push_back(value(j));
      }
    grid.weights.assign(static_cast<std::size_t>(Triangle::nodes(triangle.edge)), 0.0);
    const double share = 1.0 / static_cast<double>(3 * triangle.edge * triangle.edge);
    triangle.each([&](auto... corners) {
      ((grid.weights[static_cast<std::size_t>(corners)] += share), ...);
    });
    return grid;
  }
  std::unique_ptr<Clearing> clearing(const std::vector<TypeGrid>& grids,
                                     Index cells) const override {
    return std::make_unique<MultiUnitClearing>(rules_, grids, cells);
  }
  /// The truth.
  void start(Index, std::span<const double> type, std::span<double> bids) const override {
    bids[0] = type.front();
    bids[1] = type.back();
  }

  /// Falling: the highest two, or three, of four draws. Constant: two of the higher of two values,
  /// and one of the lower if there are three.
  double first_best() const override {
    constexpr int kParts = 20000;
    double sum = 0.0;
    for (int k = 0; k < kParts; ++k) {
      const double p = (k + 0.5) / kParts, q = 1.0 - p;
      // Densities of quantiles: of the first, second and third of four draws; of the two of two.
      const double of_four =
          4.0 * p * p * p + 12.0 * p * p * q + (rules_.units == 3 ? 12.0 * p * q * q : 0.0);
      const double of_two = 4.0 * p + (rules_.units == 3 ? 2.0 * q : 0.0);
      sum += rules_.values.quantile(p) * (rules_.falls ? of_four : of_two);
    }
    return sum / kParts;
  }

  std::vector<std::string> equilibria() const override {
    if (!rules_.values.is_uniform() || rules_.values.low() != 0.0) return {};
    if (rules_.payment == MultiUnitRules::Payment::kDiscriminatory)
      return rules_.falls ? std::vector<std::string>{} : std::vector<std::string>{"symmetric"};
    if (!rules_.falls) return {};
    if (rules_.units == 3) return {"symmetric"};
    return {"demand reduction, true first bids", "demand reduction, highest first bids"};
  }
  bool known_bids(std::size_t equilibrium, Index, std::span<const double> type,
                  std::span<double> bids) const override {
    const double high = rules_.values.high();
    if (rules_.payment == MultiUnitRules::Payment::kDiscriminatory) {
      bids[0] = bids[1] = 0.5 * type[0];
    } else if (rules_.units == 3) {
      bids[0] = kFree;
      bids[1] = type[1] * type[1] / high;
    } else {
      bids[0] = equilibrium == 0 ? type[0] : high;
      bids[1] = 0.0;
    }
    return true;
  }

  std::optional<double> ex_post(Index agent, std::span<const double> type,
                                std::span<const double> own,
                                const PaddedMatrix& others) const override;

 private:
  MultiUnitRules rules_;
};

/// Sorted bids of both; own units are those among the highest, ties against the own ones.
std::optional<double> MultiUnit::ex_post(Index agent, std::span<const double> type,
                                         std::span<const double> own,
                                         const PaddedMatrix& others) const {
  const double* rival = others.row(1 - agent);
  const std::array<double, 2> mine{std::max(own[0], own[1]), std::min(own[0], own[1])};
  const std::array<double, 2> his{std::max(rival[0], rival[1]), std::min(rival[0], rival[1])};
  const Index certain = rules_.units == 3 ? 1 : 0;
  Index won = certain;
  // The k-th own bid has to pass the rival's (units + 1 - k)-th.
  if (won == 0 && mine[0] > his[1]) won = 1;
  if (won == 1 && mine[1] > his[static_cast<std::size_t>(certain)]) won = 2;
  const double worth = (won > 0 ? type.front() : 0.0) + (won > 1 ? type.back() : 0.0);
  if (rules_.payment == MultiUnitRules::Payment::kDiscriminatory)
    return worth - (won > 0 ? mine[0] : 0.0) - (won > 1 ? mine[1] : 0.0);
  std::array<double, 4> all{mine[0], mine[1], his[0], his[1]};
  std::sort(all.begin(), all.end(), std::greater<>());
  return worth - static_cast<double>(won) * all[static_cast<std::size_t>(rules_.units)];
}

}  // namespace

std::unique_ptr<Format> multi_unit(const MultiUnitRules& rules) {
  return std::make_unique<MultiUnit>(rules);
}

}  // namespace gbid::auctions
