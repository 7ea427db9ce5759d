// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// A term that the market has never heard of: what it needs follows from its line in the registry.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/scenarios/bid_matrix/bid_matrix_fixture.hpp"

using namespace gbid;
using namespace gbid::test;

namespace {

/// S_i = softmax over agents of sum_j W_ij^2: who concentrates its bids most.
class Concentration final : public Term {
 public:
  double value(const Columns& columns, const Row& row) const override {
    double total = 0.0;
    for (Index j = 0; j < columns.agents; ++j) total += row.bids[j] * row.bids[j];
    return total;
  }
  void add_partials(const Columns& columns, const Row& row, double weight,
                    const Partials& partials) const override {
    for (Index j = 0; j < columns.agents; ++j) partials.bids[j] += 2.0 * weight * row.bids[j];
  }
};

constexpr TermEntry kTerms[] = {{"concentration", "help", "concentration of bids", "1",
                                 [](const MarketConfig&) { return false; },
                                 [](const MarketConfig&, const Game&) -> std::unique_ptr<Term> {
                                   return std::make_unique<Concentration>();
                                 },
                                 [](const MarketConfig&) { return true; }}};

}  // namespace

TEST_CASE("a registered term that is a softmax over agents has its storage and its gradients") {
  constexpr Index n = 6;
  MarketConfig config;
  config.agents = n;
  config.payoff = {{"concentration", {1.5}}};
  const auto game = std::make_shared<const Game>(random_game(n, 3));
  const PaddedMatrix raw = random_matrix(n, 5, -1.0, 1.0);
  std::vector<Index> everyone(n);
  std::iota(everyone.begin(), everyone.end(), Index{0});
  const auto at = [&](const PaddedMatrix& bids, Objective objective, Index movers) {
    auto market =
        std::make_unique<BidMatrixGame>(config, game, GameUse{{objective}, movers}, kTerms);
    for (Index i = 0; i < n; ++i) std::copy_n(bids.row(i), n, market->raw_bids().row(i));
    market->clear({everyone, true});
    return market;
  };
  for (const Objective objective : {Objective::kOwnPayoff, Objective::kMeanPayoff})
    for (const Index movers : {Index{1}, n}) {
      CAPTURE(static_cast<int>(objective));
      CAPTURE(movers);
      const auto market = at(raw, objective, movers);
      for (Index i = 0; i < n; ++i) {
        PaddedMatrix gradient(n, n);
        const Index only[] = {i};
        const Movers moving = movers == n ? Movers{everyone, true} : Movers{only, false};
        market->differentiate(objective, moving, gradient);
        for (Index j = 0; j < n; ++j) {
          const double h = 1e-6;
          const auto value = [&](double moved) {
            PaddedMatrix other = copy(raw);
            other(i, j) += moved;
            const auto there = at(other, objective, 1);
            if (objective == Objective::kOwnPayoff) return there->own_payoff(i);
            double mean = 0.0;
            for (Index k = 0; k < n; ++k) mean += there->own_payoff(k) / static_cast<double>(n);
            return mean;
          };
          // The softmax sums to one, so that the mean payoff is constant and its gradient zero.
          CHECK(gradient(movers == n ? i : 0, j) ==
                doctest::Approx((value(h) - value(-h)) / (2.0 * h)).epsilon(1e-6).scale(1e-2));
        }
      }
    }
}
