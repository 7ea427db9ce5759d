// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "scenarios/auctions/formats/affiliated.hpp"
#include "scenarios/auctions/formats/double_auction.hpp"
#include "scenarios/auctions/formats/llg.hpp"
#include "scenarios/auctions/formats/mineral_rights.hpp"
#include "scenarios/auctions/formats/multi_unit.hpp"

namespace gbid::auctions {
namespace {

using BidRule = std::function<void(Index agent, std::span<const double>, std::span<double>)>;

/// A format held with bids by a rule.
struct Held {
  std::vector<TypeGrid> grids;
  Strategies bids;
  std::unique_ptr<Clearing> clearing;

  Held(const Format& format, Index nodes, const BidRule& rule) {
    for (Index agent = 0; agent < format.agents(); ++agent) {
      grids.push_back(format.grid(agent, nodes));
      const TypeGrid& grid = grids.back();
      PaddedMatrix& mine = bids.emplace_back(grid.count(), format.bids_per_agent());
      for (Index node = 0; node < grid.count(); ++node)
        rule(agent, grid.type(node), mine.row_span(node));
    }
    clearing = format.clearing(grids, 4096);
    clearing->prepare(bids);
    clearing->tabulate();
  }

  double utility(Index agent) const {
    const auto a = static_cast<std::size_t>(agent);
    double sum = 0.0;
    for (Index node = 0; node < grids[a].count(); ++node)
      sum += grids[a].weights[static_cast<std::size_t>(node)] *
             clearing->utility(agent, node, bids[a].row_span(node));
    return sum;
  }
  /// Ex-ante utility that best responses would add.
  double loss(Index agent) const {
    const auto a = static_cast<std::size_t>(agent);
    double sum = 0.0;
    for (Index node = 0; node < grids[a].count(); ++node)
      sum += grids[a].weights[static_cast<std::size_t>(node)] *
             clearing->best_response(agent, node).utility;
    return sum - utility(agent);
  }
};

/// The equilibrium of a format; 0 in place of bids that are free.
BidRule known(const Format& format, std::size_t equilibrium = 0) {
  return [&format, equilibrium](Index agent, std::span<const double> type, std::span<double> bids) {
    format.known_bids(equilibrium, agent, type, bids);
    for (std::size_t k = 0; k < bids.size(); ++k)
      if (std::isnan(bids[k])) bids[k] = type[k];
  };
}

struct Named {
  std::string name;
  std::unique_ptr<Format> format;
};

std::vector<Named> formats() {
  std::vector<Named> all;
  for (const double k : {0.0, 0.3, 0.5, 1.0})
    all.push_back({"double auction", double_auction({.k = k})});
  for (const LocalPayment rule : {LocalPayment::kNearestZero, LocalPayment::kNearestVcg,
                                  LocalPayment::kNearestBid, LocalPayment::kVcg})
    all.push_back({"LLG", llg({.payment = rule})});
  all.push_back({"uniform price", multi_unit({})});
  all.push_back({"uniform price, 3 units", multi_unit({.units = 3})});
  all.push_back({"discriminatory", multi_unit({.payment = MultiUnitRules::Payment::kDiscriminatory,
                                               .falls = false})});
  all.push_back({"affiliated", affiliated_first_price()});
  all.push_back({"mineral rights", mineral_rights()});
  return all;
}

}  // namespace

TEST_CASE("auction formats: weights of a grid sum to one, and types lie in their interval") {
  for (const auto& [name, format] : formats()) {
    CAPTURE(name);
    const TypeGrid grid = format->grid(0, 200);
    double sum = 0.0;
    for (const double weight : grid.weights) sum += weight;
    CHECK(sum == doctest::Approx(1.0).epsilon(1e-12));
    CHECK(grid.count() > 150);
    CHECK(grid.dimensions == format->type_dimensions());
    CHECK(static_cast<Index>(grid.types.size()) == grid.count() * grid.dimensions);
    for (const double type : grid.types) {
      CHECK(type >= format->types(0).low);
      CHECK(type <= format->types(0).high);
    }
  }
}

TEST_CASE(
    "auction formats: a gradient is the central difference of utility, on one scale for all "
    "types") {
  for (const auto& [name, format] : formats()) {
    CAPTURE(name);
    // Bids that are no equilibrium, and differ between the two sides.
    const Held held(*format, 91, [&](Index agent, std::span<const double> type, auto bids) {
      for (std::size_t k = 0; k < bids.size(); ++k) {
        const double own = type[std::min(k, type.size() - 1)];
        bids[k] = (0.55 - 0.15 * static_cast<double>(k) + 0.1 * static_cast<double>(agent)) * own +
                  0.05 * std::sin(2.0 * own) + 0.13;
      }
    });
    const Index agents = format->agents(), wide = format->bids_per_agent();
    double scale = 0.0;
    Index compared = 0;
    for (Index agent = 0; agent < agents; ++agent) {
      const TypeGrid& grid = held.grids[static_cast<std::size_t>(agent)];
      PaddedMatrix gradient(grid.count(), wide);
      held.clearing->gradient(agent, gradient);
      for (Index node = 3; node + 3 < grid.count(); node += 7)
        for (Index k = 0; k < wide; ++k) {
          std::vector<double> bids(static_cast<std::size_t>(wide));
          for (Index j = 0; j < wide; ++j)
            bids[static_cast<std::size_t>(j)] = held.bids[static_cast<std::size_t>(agent)](node, j);
          double& bid = bids[static_cast<std::size_t>(k)];
          const double current = bid;
          // Utilities that are sums of bins or steps are linear within one of 1/512 or more.
          const double step = name == "mineral rights" || wide > 1 ? 4e-3 : 1e-6;
          bid = current + step;
          const double up = held.clearing->utility(agent, node, bids);
          bid = current - step;
          const double down = held.clearing->utility(agent, node, bids);
          const double difference = (up - down) / (2.0 * step);
          const double d_bid = gradient(node, k) / grid.weights[static_cast<std::size_t>(node)];
          if (std::fabs(difference) < 0.02) continue;
          if (name.starts_with("uniform price") && k == 0) {  // trembles: the sign alone
            CHECK(d_bid * difference > 0.0);
            continue;
          }
          if (scale == 0.0) scale = d_bid / difference;
          CHECK(scale > 0.0);
          const double tolerance = step > 1e-5 ? 0.1 : 1e-5;  // kinks within 4e-3 of the bid
          CHECK(d_bid == doctest::Approx(scale * difference).epsilon(tolerance));
          ++compared;
        }
    }
    CHECK(compared > 5);
  }
}

TEST_CASE("auction formats: at the known equilibria nothing can be gained") {
  for (const auto& [name, format] : formats()) {
    const std::vector<std::string> equilibria = format->equilibria();
    for (std::size_t e = 0; e < equilibria.size(); ++e) {
      CAPTURE(name);
      CAPTURE(equilibria[e]);
      const Held held(*format, 300, known(*format, e));
      for (Index agent = 0; agent < format->agents(); ++agent) {
        const double loss = held.loss(agent), utility = held.utility(agent);
        CHECK(loss >= -1e-8);  // a golden section that ends beside the bid
        // Linear between 300 nodes (of a triangle: an edge of 23), steps of 1/512.
        CHECK(loss <= (format->type_dimensions() > 1 ? 1e-3 : 2e-4) * utility);
        CHECK(utility > 0.005);
      }
      // And something can if all bid half.
      const Held away(*format, 300, [&](Index agent, std::span<const double> type, auto bids) {
        known(*format, e)(agent, type, bids);
        for (double& bid : bids) bid = 0.5 * bid + 0.1;
      });
      CHECK(away.loss(0) > 5e-4 * away.utility(0));
    }
  }
}

namespace {

void check_welfare(const Format& format, const BidRule& rule, double utility, double revenue,
                   double surplus, double first_best, double tolerance) {
  const Held held(format, 400, rule);
  CHECK(held.utility(0) == doctest::Approx(utility).epsilon(tolerance));
  CHECK(held.clearing->revenue() == doctest::Approx(revenue).epsilon(tolerance));
  CHECK(held.clearing->surplus() == doctest::Approx(surplus).epsilon(tolerance));
  CHECK(format.first_best() == doctest::Approx(first_best).epsilon(1e-6));
}

}  // namespace

TEST_CASE("double auction: gains from trade are 9/64 at k = 1/2 and 1/8 at k = 0 and 1") {
  for (const auto& [k, gains] : {std::pair{0.5, 9.0 / 64.0}, {0.0, 0.125}, {1.0, 0.125}}) {
    const auto format = double_auction({.k = k});
    const Held held(*format, 400, known(*format));
    // Trapezoids of a quadratic between 400 nodes.
    CHECK(held.clearing->surplus() == doctest::Approx(gains).epsilon(1e-4));
    CHECK(held.utility(0) + held.utility(1) == doctest::Approx(gains).epsilon(1e-4));
    CHECK(format->first_best() == doctest::Approx(1.0 / 6.0).epsilon(1e-6));
  }
}

TEST_CASE("double auction: values and costs of another range give the same game in its units") {
  const auto unit = double_auction({});
  const auto wide = double_auction({}, Prior::uniform(10.0, 14.0), Prior::uniform(10.0, 14.0));
  const Held held(*wide, 400, known(*wide));
  CHECK(held.clearing->surplus() == doctest::Approx(4.0 * 9.0 / 64.0).epsilon(1e-3));
  CHECK(held.loss(0) < 1e-4);
  CHECK(wide->first_best() == doctest::Approx(4.0 * unit->first_best()));
}

TEST_CASE("LLG: utilities of locals and global are the published ones") {
  struct Case {
    LocalPayment payment;
    double local, global;
  };
  const double e = std::exp(1.0);
  for (const auto& [payment, local, global] :
       {Case{LocalPayment::kNearestZero, 0.133993, 1.5 - 3.0 / e + 0.5 / (e * e)},
        Case{LocalPayment::kNearestVcg, 0.133166, 0.467340},
        Case{LocalPayment::kNearestBid, 0.125, 0.5}}) {
    const auto format = llg({.payment = payment});
    const Held held(*format, 400, known(*format));
    // Kinks of the bid function between 400 nodes.
    CHECK(held.utility(0) == doctest::Approx(local).epsilon(1e-4));
    const double left =
        held.clearing->surplus() - held.clearing->revenue() - held.utility(0) - held.utility(1);
    CHECK(left == doctest::Approx(global).epsilon(1e-4));
    CHECK(format->first_best() == doctest::Approx(1.0 + 7.0 / 24.0));
  }
}

TEST_CASE("LLG: an interim utility is the quadrature of payments over the global and the other") {
  for (const LocalPayment payment : {LocalPayment::kNearestZero, LocalPayment::kNearestVcg,
                                     LocalPayment::kNearestBid, LocalPayment::kVcg}) {
    const auto format = llg({.payment = payment});
    const auto rule = [](Index, std::span<const double> type, std::span<double> bids) {
      bids[0] = 0.8 * type[0] * type[0];
    };
    const Held held(*format, 201, rule);
    for (const Index node : {40, 120, 190}) {
      const double value = held.grids[0].type(node)[0], own = 0.45;
      constexpr int kParts = 1000;
      double sum = 0.0;
      for (int c = 0; c < kParts; ++c)
        for (int g = 0; g < kParts; ++g) {
          const double type = (c + 0.5) / kParts, global = 2.0 * (g + 0.5) / kParts;
          const double other = 0.8 * type * type;
          if (own + other > global) sum += value - local_payment(payment, own, other, global);
        }
      // Cells of 1/1000 that the win's edge runs through.
      CHECK(held.clearing->utility(0, node, std::vector{own}) ==
            doctest::Approx(sum / (kParts * kParts)).epsilon(2e-3));
    }
  }
}

TEST_CASE("uniform price: demand reduction earns nothing, and each gets one unit") {
  const auto format = multi_unit({});
  // E max of two is 2/3; a triangle of 27 nodes an edge.
  check_welfare(*format, known(*format), 2.0 / 3.0, 0.0, 4.0 / 3.0, 7.0 / 5.0, 2e-3);
}

TEST_CASE("uniform price, 3 units: the known equilibrium is efficient") {
  const auto format = multi_unit({.units = 3});
  const Held held(*format, 2000, known(*format));
  CHECK(held.clearing->surplus() == doctest::Approx(9.0 / 5.0).epsilon(2e-3));  // an edge of 62
}

TEST_CASE("discriminatory: half the value on both units is efficient and earns 2/3") {
  const auto format =
      multi_unit({.payment = MultiUnitRules::Payment::kDiscriminatory, .falls = false});
  // Twice a first-price auction of one unit.
  check_welfare(*format, known(*format), 1.0 / 3.0, 2.0 / 3.0, 4.0 / 3.0, 4.0 / 3.0, 1e-3);
}

TEST_CASE(
    "auction formats: an interim utility is the mean of utilities ex post over rivals' types") {
  std::vector<std::unique_ptr<Format>> games;
  for (const double k : {0.2, 0.5, 1.0}) games.push_back(double_auction({.k = k}));
  games.push_back(multi_unit({}));
  games.push_back(multi_unit({.units = 3}));
  games.push_back(
      multi_unit({.payment = MultiUnitRules::Payment::kDiscriminatory, .falls = false}));
  for (const auto& format : games) {
    const Held held(*format, 2000, [&](Index agent, std::span<const double> type, auto bids) {
      for (std::size_t k = 0; k < bids.size(); ++k)
        bids[k] =
            (0.9 - 0.1 * static_cast<double>(agent)) * type[std::min(k, type.size() - 1)] + 0.02;
    });
    const auto wide = static_cast<std::size_t>(format->bids_per_agent());
    for (Index agent = 0; agent < 2; ++agent)
      for (const Index node : {300, 1100, 1800}) {
        const auto rival = static_cast<std::size_t>(1 - agent);
        const TypeGrid& own = held.grids[static_cast<std::size_t>(agent)];
        const std::vector<double> bids = wide == 1 ? std::vector{0.47} : std::vector{0.71, 0.33};
        PaddedMatrix reports(2, format->bids_per_agent());
        double sum = 0.0;
        for (Index other = 0; other < held.grids[rival].count(); ++other) {
          for (Index k = 0; k < format->bids_per_agent(); ++k)
            reports(1 - agent, k) = held.bids[rival](other, k);
          sum += held.grids[rival].weights[static_cast<std::size_t>(other)] *
                 format->ex_post(agent, own.type(node % own.count()), bids, reports).value();
        }
        // Nodes beside a win's edge count whole or not at all: one of 2000, or of an edge of 61.
        CHECK(held.clearing->utility(agent, node % own.count(), bids) ==
              doctest::Approx(sum).epsilon(wide == 1 ? 0.01 : 0.05));
      }
  }
}

}  // namespace gbid::auctions
