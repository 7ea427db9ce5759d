// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Every term, own and common gradient, against central differences of the recorded payoffs. The
// payoffs are computed from a fresh inverse and share no code with the gradients but the masks and
// the bids.
#include <doctest/doctest.h>

#include <cmath>

#include "scenarios/bid_matrix/terms/registry.hpp"
#include "tests/scenarios/bid_matrix_fixture.hpp"

using namespace gbid;
using namespace gbid::test;

namespace {

struct Case {
  std::string name;
  MarketConfig config;
};

MarketConfig base(Index n) {
  MarketConfig config;
  config.agents = n;
  config.bids.shift = ColumnMeanShift{};
  return config;
}

std::vector<Case> cases(Index n) {
  std::vector<Case> all;
  const auto add = [&](std::string name, const std::function<void(MarketConfig&)>& change) {
    MarketConfig config = base(n);
    change(config);
    all.push_back({std::move(name), config});
  };
  const std::pair<const char*, Mask> masks[] = {{"relu", Mask::kRelu},
                                                {"hard", Mask::kHard},
                                                {"sigmoid", Mask::kSigmoid},
                                                {"relu6", Mask::kRelu6}};
  for (const auto& [name, mask] : masks)
    for (const UtilityKind kind : {UtilityKind::kLinear, UtilityKind::kQuadratic})
      for (const Shift& shift :
           {Shift{RowMeanShift{}}, Shift{ColumnMeanShift{}}, Shift{FixedShift{0.05}}})
        add(std::string("utility ") + name, [&, m = mask](MarketConfig& c) {
          c.bids.mask = m;
          c.bids.shift = shift;
          c.utility = {kind, PerAgent::kAlpha, {}, {}};
          c.payoff = {{"utility", {1.3}}};
        });
  add("emission", [](MarketConfig& c) { c.payoff = {{"emission", {1.0}}}; });
  for (const Source source : {Source::kBids, Source::kInterRanking}) {
    const std::string of = source == Source::kBids ? " of bids" : " of interranking";
    for (const DivergenceForm form : {DivergenceForm::kCrossEntropy, DivergenceForm::kSoftmax})
      add((form == DivergenceForm::kSoftmax ? "softmax divergence" : "divergence") + of,
          [&](MarketConfig& c) {
            c.divergence = {source, form};
            c.payoff = {{"divergence", {-0.5, PerAgent::kAlpha}}};
          });
    for (const Normalise normalise : {Normalise::kL1, Normalise::kMinmax, Normalise::kSoftmax})
      for (const char* term : {"ranking", "weighted_ranking"})
        add(std::string(term) + of, [&](MarketConfig& c) {
          c.ranking = {source, normalise, 1e-5};
          c.payoff = {{term, {1.0, PerAgent::kOneMinusAlpha}}};
        });
  }
  // Every registered term as it comes, so that a new one is checked without an edit here.
  for (const TermEntry& term : term_registry())
    add(std::string("registered ") + term.name, [&](MarketConfig& c) {
      c.payoff = {{term.name, {1.0, PerAgent::kAlpha}}};
    });
  add("everything", [](MarketConfig& c) {
    c.ranking = {Source::kBids, Normalise::kMinmax, 0.0};
    c.divergence = {Source::kInterRanking, DivergenceForm::kSoftmax};
    c.payoff = {
        {"utility", {1.0}}, {"emission", {0.7}}, {"ranking", {0.3}}, {"divergence", {-0.5}}};
  });
  return all;
}

/// Central difference of values()[what] with respect to raw(i, j).
double difference(const Case& c, const Game& game, const PaddedMatrix& raw, Index i, Index j,
                  std::size_t what) {
  const double h = 1e-6;
  PaddedMatrix moved = copy(raw);
  moved(i, j) = raw(i, j) + h;
  const double above =
      ClearedMarket(c.config, game, moved, Objective::kMeanPayoff, 1).values()[what];
  moved(i, j) = raw(i, j) - h;
  const double below =
      ClearedMarket(c.config, game, moved, Objective::kMeanPayoff, 1).values()[what];
  return (above - below) / (2 * h);
}

void check_case(const Case& c, Index n, const PaddedMatrix& raw) {
  CAPTURE(c.name);
  CAPTURE(n);
  const Game game = random_game(n, 5);
  PaddedMatrix own(n, n), row(1, n), common(n, n), utility(n, n);
  ClearedMarket all(c.config, game, raw, Objective::kOwnPayoff, n);
  all->price(Objective::kOwnPayoff, all.everyone(), own);
  ClearedMarket mean(c.config, game, raw, Objective::kMeanPayoff, n);
  mean->price(Objective::kMeanPayoff, mean.everyone(), common);
  mean->price(Objective::kMeanUtility, mean.everyone(), utility);
  ClearedMarket one(c.config, game, raw, Objective::kOwnPayoff, 1);
  double scale = 0.0, worst = 0.0, largest_common = 0.0, worst_row = 0.0;
  const auto count = static_cast<std::size_t>(n);
  for (Index i = 0; i < n; ++i) {
    const Index movers[] = {i};
    one->price(Objective::kOwnPayoff, {movers, false}, row);
    for (Index j = 0; j < n; ++j) {
      const double by_difference = difference(c, game, raw, i, j, static_cast<std::size_t>(i));
      const double mean_difference = difference(c, game, raw, i, j, 2 * count);
      double utility_difference = 0.0;
      if (c.name.starts_with("utility"))
        for (std::size_t k = 0; k < count; ++k)
          utility_difference += difference(c, game, raw, i, j, count + k) / static_cast<double>(n);
      scale = std::max(scale, std::fabs(by_difference));
      largest_common = std::max(largest_common, std::fabs(mean_difference));
      worst = std::max(
          {worst, std::fabs(own(i, j) - by_difference), std::fabs(common(i, j) - mean_difference)});
      if (c.name.starts_with("utility"))
        worst = std::max(worst, std::fabs(utility(i, j) - utility_difference));
      worst_row = std::max(worst_row, std::fabs(own(i, j) - row(0, j)));
    }
  }
  CHECK(scale > 1e-6);
  // The mean of an l1 or softmax ranking that is weighted evenly does not move; every other mean
  // does.
  CHECK(largest_common > 1e-7);
  CHECK(worst < 1e-6 * std::max(1.0, scale));
  CHECK(worst_row < 1e-12 * std::max(1.0, scale));
}

}  // namespace

TEST_CASE("every term's own and common gradient agrees with central differences and is not zero") {
  for (const Index n : {5, 17})
    for (const Case& c : cases(n)) {
      if (n == 17 && c.name != "everything" && c.name != "divergence of interranking") continue;
      check_case(c, n, random_matrix(n, 9, -1.0, 1.0));
    }
}

TEST_CASE("clip and softmax squash pull gradients back as the differences say") {
  for (const Squash squash : {Squash::kClip, Squash::kSoftmax, Squash::kSigmoid}) {
    Case c{"everything", base(6)};
    c.config.bids.squash = squash;
    c.config.payoff = {{"utility", {1.0}}, {"emission", {0.7}}, {"divergence", {-0.5}}};
    check_case(c, 6, random_matrix(6, 4, -0.2, 1.2));
  }
}
