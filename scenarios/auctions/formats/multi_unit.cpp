// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/auctions/formats/multi_unit.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>

#include "scenarios/auctions/formats/multi_unit_clearing.hpp"
#include "scenarios/structure/structure.hpp"

namespace gbid::auctions {
namespace {

constexpr double kFree = std::numeric_limits<double>::quiet_NaN();

class MultiUnit final : public Format {
 public:
  explicit MultiUnit(const MultiUnitRules& rules) : rules_(rules) {}

  Index agents() const override { return 2; }
  Index type_dimensions() const override { return rules_.falls ? 2 : 1; }
  Index bids_per_agent() const override { return 2; }
  Interval types(Index) const override { return {rules_.values.low(), rules_.values.high()}; }
  Interval bids(Index) const override { return {0.0, rules_.values.high()}; }
  BidRange bid_range(Index agent, std::span<const double>) const override {
    return {.lowest = 0.0, .step = bids(agent).width()};
  }

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
    return multi_unit_clearing(rules_, grids, cells);
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

/// Sorted bids of both; the own units are those among the highest, ties against the agent.
std::optional<double> MultiUnit::ex_post(Index agent, std::span<const double> type,
                                         std::span<const double> own,
                                         const PaddedMatrix& others) const {
  const double* rival = others.row(1 - agent);
  const std::array<double, 2> mine{std::max(own[0], own[1]), std::min(own[0], own[1])};
  const std::array<double, 2> its{std::max(rival[0], rival[1]), std::min(rival[0], rival[1])};
  const Index certain = rules_.units == 3 ? 1 : 0;
  Index won = certain;
  // The k-th own bid has to pass the rival's (units + 1 - k)-th.
  if (won == 0 && mine[0] > its[1]) won = 1;
  if (won == 1 && mine[1] > its[static_cast<std::size_t>(certain)]) won = 2;
  const double worth = (won > 0 ? type.front() : 0.0) + (won > 1 ? type.back() : 0.0);
  if (rules_.payment == MultiUnitRules::Payment::kDiscriminatory)
    return worth - (won > 0 ? mine[0] : 0.0) - (won > 1 ? mine[1] : 0.0);
  std::array<double, 4> all{mine[0], mine[1], its[0], its[1]};
  std::sort(all.begin(), all.end(), std::greater<>());
  return worth - static_cast<double>(won) * all[static_cast<std::size_t>(rules_.units)];
}

}  // namespace

std::unique_ptr<Format> multi_unit(const MultiUnitRules& rules) {
  return std::make_unique<MultiUnit>(rules);
}

std::unique_ptr<Format> multi_unit(MultiUnitRules rules, const std::vector<Prior>& priors,
                                   ArrayLoader& loader) {
  if (!(priors[0] == priors[1]))
    loader.fail("market.prior", "expected one prior of both bidders for several units, got two");
  rules.values = priors[0];
  return multi_unit(rules);
}

}  // namespace gbid::auctions
