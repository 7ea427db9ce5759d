// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/equilibrium/payoff_range.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "engine/core/error.hpp"

namespace gbid {

double payoff_range(DeviationGame& game, const PaddedMatrix& raw) {
  struct Move {
    double even, odd;  // of agents, in bid scales
  };
  constexpr std::array<Move, 5> kMoves{
      {{1.0, 1.0}, {-1.0, -1.0}, {1.0, -1.0}, {-1.0, 1.0}, {0.0, 0.0}}};  // the state comes last
  const Index agents = raw.rows();
  std::vector<Index> everyone(static_cast<std::size_t>(agents));
  std::iota(everyone.begin(), everyone.end(), Index{0});
  std::vector<double> low(everyone.size(), HUGE_VAL), high(everyone.size(), -HUGE_VAL);
  for (const Move& move : kMoves) {
    for (Index i = 0; i < agents; ++i) {
      const double by = (i % 2 == 0 ? move.even : move.odd) * game.bid_scale(i);
      for (Index k = 0; k < raw.columns(); ++k) game.raw_bids()(i, k) = raw(i, k) + by;
    }
    try {
      game.clear(Movers{everyone, true});
    } catch (const NumericError&) {
      continue;
    }
    for (Index i = 0; i < agents; ++i) {
      const double payoff = game.own_payoff(i);
      if (!std::isfinite(payoff)) continue;
      low[static_cast<std::size_t>(i)] = std::min(low[static_cast<std::size_t>(i)], payoff);
      high[static_cast<std::size_t>(i)] = std::max(high[static_cast<std::size_t>(i)], payoff);
    }
  }
  double range = 0.0;
  for (std::size_t i = 0; i < low.size(); ++i) range = std::max(range, high[i] - low[i]);
  return range;
}

double payoff_scale(std::span<const double> payoffs, double range) {
  constexpr double kLeastShare = 1e-9;
  double total = 0.0;
  for (const double payoff : payoffs) total += std::fabs(payoff);
  return std::max(total / static_cast<double>(payoffs.size()), kLeastShare * range);
}

}  // namespace gbid
