// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// The kernels of a card by as many threads of the CPU as a market has there, which wait for each other where
// a card's do: the same bits as by one thread. Under the preset `tsan` every pair of accesses that no wait
// separates is reported, which is what racecheck looks for on a card.
#include <doctest/doctest.h>

#include <barrier>
#include <thread>
#include <vector>

#include "engine/random/stream.hpp"
#include "scenarios/bid_matrix/card/card_market.hpp"

using namespace gbid;
using namespace gbid::bid_matrix;

namespace {

struct ThreadGroup {
  int thread, threads;
  std::barrier<>* all;

  template <class F>
  void each(int count, const F& f) const {
    for (int k = thread; k < count; k += threads) f(k);
    if (all != nullptr) all->arrive_and_wait();
  }
  template <class F>
  void each_pair(int n, const F& f) const {
    each(n * n, [&](int k) { f(k / n, k % n); });
  }
  bool any(bool condition) const { return condition; }
};

/// A market with a term of every kind, made of random numbers.
struct Made {
  CardGame game;
  std::vector<double> constants, rates{0.05, 0.04, 0.03, 0.02}, state;
  Stream stream{{.seed = 5}};

  int add(int count) {
    const auto at = static_cast<int>(constants.size());
    for (int k = 0; k < count; ++k) constants.push_back(0.1 + 0.8 * stream.uniform());
    return at;
  }
  CardTerm& term(CardTerm::Kind kind) {
    CardTerm& out = game.terms[game.term_count++];
    out.kind = kind;
    out.source = game.has_interranking ? Source::kInterRanking : Source::kBids;
    out.weights = add(game.agents);
    return out;
  }

  Made(int agents, CardMovers movers, bool is_common, bool is_quadratic, Squash squash,
       bool has_interranking, CardLearner learner) {
    const CardState at(agents);
    game.agents = agents;
    game.movers = movers;
    game.is_common = is_common;
    game.squash = squash;
    game.mask = Mask::kHard;
    game.has_interranking = has_interranking;
    game.learner = learner;
    game.has_own_clock = learner == CardLearner::kAdam;
    game.keep1 = 0.1;
    game.keep2 = 0.001;
    game.epsilon = 1e-8;
    game.share = 1.0 / agents;
    game.shift_moves = is_quadratic;
    game.shift = is_quadratic ? 0.0 : game.share;
    game.feedback = is_quadratic ? 1.0 - game.share : 1.0;
    game.has_quadratic = is_quadratic;
    game.has_ranking = true;
    game.rate_count = static_cast<int>(rates.size());
    if (is_quadratic) {
      CardTerm& utility = term(CardTerm::kQuadraticUtility);
      utility.has_matrix_each = true;
      utility.matrix = add(agents * agents * agents);
    } else {
      term(CardTerm::kLinearUtility).matrix = add(agents * agents);
    }
    if (has_interranking) term(CardTerm::kEmission);
    if (squash != Squash::kClip) term(CardTerm::kDivergence);
    for (const Normalise normalise : {Normalise::kMinmax, Normalise::kSoftmax}) {
      CardTerm& ranking = term(CardTerm::kRanking);
      ranking.normalise = normalise;
      ranking.factors = add(agents);
    }
    game.constant_count = static_cast<int>(constants.size());
    state.resize(static_cast<std::size_t>(at.count()));
    for (int i = 0; i < agents; ++i)
      for (int j = 0; j < agents; ++j) {
        const int k = i * agents + j;
        state[static_cast<std::size_t>(k)] = 0.1 + 0.8 * stream.uniform();
        state[static_cast<std::size_t>(at.inverse() + k)] = i == j ? 1.3 : 0.3;
      }
  }

  /// The state after some steps by so many threads.
  std::vector<double> play(int threads, std::int64_t steps) const {
    const CardShape shape(game, game.agents);
    std::vector<double> memory(static_cast<std::size_t>(shape.values())), out = state;
    CardBoard board(memory.data(), shape);
    if (!shape.has_tables) board.use_tables(out.data(), game.agents);
    std::barrier<> all(threads);
    const auto run = [&](int thread) {
      CardMarket<ThreadGroup> market(ThreadGroup{thread, threads, threads > 1 ? &all : nullptr},
                                     game, shape, board, constants.data(), rates.data(), 4);
      market.play(state.data(), 3, steps);
      market.store(out.data(), [&](int count, const auto& write) {
        for (int k = thread; k < count; k += threads) write(k);
      });
    };
    std::vector<std::thread> others;
    for (int thread = 1; thread < threads; ++thread) others.emplace_back(run, thread);
    run(0);
    for (std::thread& other : others) other.join();
    return out;
  }
};

}  // namespace

TEST_CASE(
    "card: markets have the same bits by one thread and by several that wait for each other") {
  int learner = 0;
  for (const CardMovers movers : {CardMovers::kAll, CardMovers::kOneRandom})
    for (const bool is_common : {false, true})
      for (const bool is_quadratic : {false, true})
        for (const Squash squash : {Squash::kSigmoid, Squash::kClip, Squash::kSoftmax})
          for (const bool has_interranking : {false, true}) {
            CAPTURE(is_common);
            CAPTURE(is_quadratic);
            CAPTURE(has_interranking);
            CAPTURE(static_cast<int>(squash));
            learner = (learner + 1) % 3;
            // 26 steps of one in five: beyond the refreshes of the inverse and of the sums.
            const Made made(learner == 1 ? 17 : 5, movers, is_common, is_quadratic, squash,
                            has_interranking, static_cast<CardLearner>(learner));
            const std::int64_t steps = movers == CardMovers::kAll ? 3 : 26;
            const std::vector<double> alone = made.play(1, steps), together = made.play(3, steps);
            CHECK(alone != made.state);
            CHECK(std::equal(alone.begin(), alone.end(), together.begin(),
                             [](double x, double y) { return x == y || (x != x && y != y); }));
          }
}
