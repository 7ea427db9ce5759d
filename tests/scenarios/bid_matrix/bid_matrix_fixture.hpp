// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <vector>

#include "engine/random/stream.hpp"
#include "scenarios/bid_matrix/bid_matrix_game.hpp"

namespace gbid::test {

using namespace gbid::bid_matrix;

inline PaddedMatrix random_matrix(Index n, std::uint64_t seed, double low, double high) {
  PaddedMatrix matrix(n, n);
  Stream stream({.seed = seed, .purpose = Purpose::kContribution});
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) matrix(i, j) = low + (high - low) * stream.uniform();
  return matrix;
}

/// A game with every number drawn: contribution, one symmetric matrix an agent, alphas in (0, 1).
inline Game random_game(Index n, std::uint64_t seed) {
  Game game{random_matrix(n, seed, -0.2, 1.0), {}, {}};
  for (Index i = 0; i < n; ++i) {
    const PaddedMatrix h = random_matrix(n, seed + 100 + static_cast<std::uint64_t>(i), -0.5, 1.0);
    PaddedMatrix symmetric(n, n);
    for (Index k = 0; k < n; ++k)
      for (Index l = 0; l < n; ++l) symmetric(k, l) = 0.5 * (h(k, l) + h(l, k));
    game.hessians.push_back(std::move(symmetric));
    game.alpha.push_back(0.1 + 0.8 * static_cast<double>(i) / static_cast<double>(n));
  }
  return game;
}

inline PaddedMatrix copy(const PaddedMatrix& from) {
  PaddedMatrix to(from.rows(), from.columns());
  for (Index i = 0; i < from.rows(); ++i) std::copy_n(from.row(i), from.stride(), to.row(i));
  return to;
}

inline Game copy(const Game& from) {
  Game to{copy(from.contribution), {}, from.alpha};
  for (const PaddedMatrix& h : from.hessians) to.hessians.push_back(copy(h));
  to.graph = from.graph;
  return to;
}

/// A market with everybody's raw bids set and cleared.
class ClearedMarket {
 public:
  ClearedMarket(const MarketConfig& config, const Game& game, const PaddedMatrix& raw,
                Objective objective, Index movers)
      : everyone_(static_cast<std::size_t>(config.agents)),
        market_(config, std::make_shared<Game>(copy(game)),
                GameUse{{objective},
                        movers,
                        {},
                        {"payoff", "utility", "welfare", "bids", "interranking"}}) {
    market_.declare(state_);
    std::iota(everyone_.begin(), everyone_.end(), Index{0});
    set(raw);
    market_.clear(everyone());
  }
  Movers everyone() const { return {everyone_, true}; }
  BidMatrixGame& operator*() { return market_; }
  BidMatrixGame* operator->() { return &market_; }
  void set(const PaddedMatrix& raw) {
    for (Index i = 0; i < raw.rows(); ++i)
      for (Index j = 0; j < raw.columns(); ++j) market_.raw_bids()(i, j) = raw(i, j);
  }
  /// Payoffs (n), then utilities (n), then welfare.
  std::vector<double> values() {
    return record({"payoff", "utility", "welfare"}, Recorded::kTrajectory);
  }
  /// Arrays of these names, one after the other.
  std::vector<double> record(const std::vector<std::string>& names, Recorded when) {
    market_.derive(when);
    std::vector<double> out(static_cast<std::size_t>(4 * market_.agents() * market_.agents() + 64));
    double* end = out.data();
    for (const std::size_t array : state_.recorded(names, when)) end = state_.copy(array, end);
    out.resize(static_cast<std::size_t>(end - out.data()));
    return out;
  }

 private:
  std::vector<Index> everyone_;
  BidMatrixGame market_;
  State state_;
};

}  // namespace gbid::test
