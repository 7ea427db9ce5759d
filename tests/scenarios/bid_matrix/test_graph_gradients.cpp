// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// The bid-matrix market where not every bid exists: what it clears to, and its gradients against
// central differences of the recorded payoffs.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "scenarios/bid_matrix/terms/registry.hpp"
#include "scenarios/graph/make.hpp"
#include "tests/scenarios/bid_matrix/bid_matrix_differences.hpp"

using namespace gbid;
using namespace gbid::test;

namespace {

constexpr Index kAgents = 7;

Game game_on(const graph::Topology& topology) {
  Game game = random_game(topology.agents(), 5);
  game.graph = std::make_shared<BidGraph>(topology);
  return game;
}

/// Strongly connected, not symmetric, with different numbers of bids and of bidders.
graph::Topology lopsided() {
  return {kAgents,
          {{0, 1},
           {1, 2},
           {2, 3},
           {3, 4},
           {4, 5},
           {5, 6},
           {6, 0},
           {0, 3},
           {0, 5},
           {2, 5},
           {4, 1},
           {4, 0},
           {6, 3},
           {5, 3},
           {1, 5}}};
}

Case case_of(const Squash squash, const Shift& shift, const Mask mask) {
  Case c{"everything", {}};
  c.config.agents = kAgents;
  c.config.bids = {squash, shift, mask};
  c.config.utility = {UtilityKind::kQuadratic, PerAgent::kAlpha, {}, {}};
  c.config.payoff = {{"utility", {1.0}}, {"emission", {0.7}}, {"ranking", {0.3}}};
  // Clip makes bids zero; with few bids, some agent is then no longer reachable from all.
  if (squash != Squash::kClip) c.config.payoff.push_back({"divergence", {-0.5}});
  return c;
}

const Squash kSquashes[] = {Squash::kSigmoid, Squash::kClip, Squash::kSoftmax};
const Mask kMasks[] = {Mask::kRelu, Mask::kHard, Mask::kSigmoid, Mask::kRelu6};
const Shift kShifts[] = {RowMeanShift{}, ColumnMeanShift{}, FixedShift{0.05}};

/// Raw bids that clip leaves inside its slope for the most part, and never all at zero.
PaddedMatrix raw_bids() { return random_matrix(kAgents, 4, -0.2, 1.2); }

bool exists(const graph::Topology& topology, Index i, Index j) {
  return i == j || topology.has(i, j);
}

std::vector<double> final_of(const MarketConfig& config, const Game& game, const PaddedMatrix& raw,
                             const std::string& name) {
  return ClearedMarket(config, game, raw, Objective::kOwnPayoff, config.agents)
      .record({name}, Recorded::kFinal);
}

}  // namespace

TEST_CASE(
    "where not all bids exist, gradients agree with central differences for every squash, "
    "shift and mask") {
  const Game game = game_on(lopsided());
  for (const Squash squash : kSquashes)
    for (const Shift& shift : kShifts)
      for (const Mask mask : kMasks) {
        CAPTURE(static_cast<int>(squash));
        CAPTURE(shift.index());
        CAPTURE(static_cast<int>(mask));
        check_gradients(case_of(squash, shift, mask), game, raw_bids());
      }
}

TEST_CASE("where not all bids exist, every term's gradients agree with central differences") {
  const Game game = game_on(lopsided());
  for (const TermEntry& term : term_registry())
    for (const Source source : {Source::kBids, Source::kInterRanking}) {
      const bool is_divergence = std::string(term.name) == "divergence";
      if (is_divergence && source == Source::kBids) continue;  // refused: the logarithm of zero
      for (const DivergenceForm form : {DivergenceForm::kCrossEntropy, DivergenceForm::kSoftmax}) {
        if (!is_divergence && form == DivergenceForm::kSoftmax) continue;
        Case c = case_of(Squash::kSigmoid, ColumnMeanShift{}, Mask::kRelu);
        c.name = term.name;
        c.config.ranking.source = c.config.divergence.source = source;
        c.config.divergence.form = form;
        c.config.payoff = {{term.name, {1.0, PerAgent::kAlpha}}};
        check_gradients(c, game, raw_bids());
      }
    }
}

TEST_CASE(
    "a bid that does not exist has gradient exactly zero, and what it would be changes "
    "nothing") {
  const graph::Topology topology = lopsided();
  const Game game = game_on(topology);
  for (const Squash squash : kSquashes)
    for (const Mask mask : kMasks) {
      CAPTURE(static_cast<int>(squash));
      const Case c = case_of(squash, ColumnMeanShift{}, mask);
      const PaddedMatrix raw = raw_bids();
      PaddedMatrix wild = copy(raw);
      for (Index i = 0; i < kAgents; ++i)
        for (Index j = 0; j < kAgents; ++j)
          if (!exists(topology, i, j))
            wild(i, j) = (i + j) % 2 ? 1e9 : std::numeric_limits<double>::infinity();
      for (const Objective objective : {Objective::kOwnPayoff, Objective::kMeanPayoff}) {
        ClearedMarket tame(c.config, game, raw, objective, kAgents);
        ClearedMarket other(c.config, game, wild, objective, kAgents);
        CHECK(tame.values() == other.values());  // the same bits
        PaddedMatrix gradient(kAgents, kAgents), of_wild(kAgents, kAgents);
        tame->differentiate(objective, tame.everyone(), gradient);
        other->differentiate(objective, other.everyone(), of_wild);
        for (Index i = 0; i < kAgents; ++i)
          for (Index j = 0; j < kAgents; ++j) {
            if (!exists(topology, i, j)) CHECK(gradient(i, j) == 0.0);
            CHECK(gradient(i, j) == of_wild(i, j));
          }
      }
    }
}

TEST_CASE("bids, shifts, masks and prices are those of the formula, over bids that exist") {
  const graph::Topology topology = lopsided();
  const Game game = game_on(topology);
  const PaddedMatrix raw = raw_bids();
  for (const Shift& shift : kShifts) {
    MarketConfig config = case_of(Squash::kSigmoid, shift, Mask::kSigmoid).config;
    config.payoff = {{"utility", {1.0}}};
    const std::vector<double> bids = final_of(config, game, raw, "bids"),
                              masks = final_of(config, game, raw, "mask");
    const auto at = [](Index i, Index j) { return static_cast<std::size_t>(i * kAgents + j); };
    for (Index i = 0; i < kAgents; ++i) {
      double total = 0.0;
      for (Index j = 0; j < kAgents; ++j)
        if (exists(topology, i, j)) total += 1.0 / (1.0 + std::exp(-raw(i, j)));
      for (Index j = 0; j < kAgents; ++j) {
        const double bid =
            exists(topology, i, j) ? 1.0 / (1.0 + std::exp(-raw(i, j))) / total : 0.0;
        double column = 0.0, bidders = 0.0, mine = 0.0;
        for (Index k = 0; k < kAgents; ++k) {
          column += bids[at(k, j)];
          bidders += exists(topology, k, j) ? 1.0 : 0.0;
          mine += exists(topology, j, k) ? 1.0 : 0.0;
        }
        const double by = std::holds_alternative<RowMeanShift>(shift)      ? 1.0 / mine
                          : std::holds_alternative<ColumnMeanShift>(shift) ? column / bidders
                                                                           : 0.05;
        const double mask = exists(topology, i, j) ? 1.0 / (1.0 + std::exp(by - bid)) : 0.0;
        // The exponential's and a handful of other roundings.
        CHECK(std::fabs(bids[at(i, j)] - bid) < 1e-15);
        CHECK(std::fabs(masks[at(i, j)] - mask) < 1e-15);
      }
    }
  }
}

TEST_CASE("a graph that links everyone clears to the same bits as no graph") {
  const PaddedMatrix raw = raw_bids();
  Game linked = game_on(graph::make(graph::Complete{}, kAgents, {}));
  Game plain = copy(linked);
  plain.graph = nullptr;
  for (const Squash squash : kSquashes)
    for (const Shift& shift : kShifts) {
      const MarketConfig config = case_of(squash, shift, Mask::kSigmoid).config;
      for (const Objective objective : {Objective::kOwnPayoff, Objective::kMeanPayoff}) {
        ClearedMarket a(config, linked, raw, objective, kAgents);
        ClearedMarket b(config, plain, raw, objective, kAgents);
        CHECK(a.values() == b.values());
        PaddedMatrix of_a(kAgents, kAgents), of_b(kAgents, kAgents);
        a->differentiate(objective, a.everyone(), of_a);
        b->differentiate(objective, b.everyone(), of_b);
        for (Index i = 0; i < kAgents; ++i)
          for (Index j = 0; j < kAgents; ++j) CHECK(of_a(i, j) == of_b(i, j));
      }
    }
}

TEST_CASE("mask density and dead gradients are shares of bids that exist") {
  const graph::Topology topology = lopsided();
  MarketConfig config = case_of(Squash::kSigmoid, FixedShift{-1.0}, Mask::kRelu).config;
  config.payoff = {{"utility", {1.0}}};
  const auto shares = [&](double shift) {
    config.bids.shift = FixedShift{shift};
    return ClearedMarket(config, game_on(topology), PaddedMatrix(kAgents, kAgents),
                         Objective::kOwnPayoff, kAgents)
        .record({"mask_density", "dead_gradient_share"}, Recorded::kTrajectory);
  };
  CHECK(shares(-1.0) == std::vector<double>{1.0, 0.0});  // every bid that exists passes
  CHECK(shares(2.0) == std::vector<double>{0.0, 1.0});   // none does
}
