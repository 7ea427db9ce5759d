// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/equilibrium/planner_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "engine/core/error.hpp"

namespace gbid {
namespace {

// The quick search's starts, ends that are followed, and steps.
constexpr Index kStarts = 8, kClimbs = 1, kIterations = 60;
// Rounds of better responses of agents' own payoffs before the planner moves.
constexpr Index kOwnRounds = 10;
// Ends within this share of the best welfare have reached it.
constexpr double kSameWelfare = 1e-6;

void copy_bids(const PaddedMatrix& from, PaddedMatrix& to) {
  for (Index i = 0; i < from.rows(); ++i) std::copy_n(from.row(i), from.columns(), to.row(i));
}

/// Shares uniform over the simplex; of games without shares, bids one scale around those given.
void draw_bids(DeviationGame& game, Stream& stream, PaddedMatrix& raw) {
  for (Index i = 0; i < raw.rows(); ++i) {
    const std::vector<Index> choices = game.share_choices(i);
    if (choices.empty()) {
      for (double& bid : raw.row_span(i)) bid += game.bid_scale(i) * stream.normal();
      continue;
    }
    std::vector<double> shares(static_cast<std::size_t>(raw.columns()), 0.0);
    double total = 0.0;
    for (const Index j : choices)
      total += shares[static_cast<std::size_t>(j)] = -std::log(1.0 - stream.uniform());
    for (double& share : shares) share /= total;
    game.raw_of_shares(i, shares, raw.row_span(i));
  }
}

}  // namespace

Refinement move_planner(Refiners& common, Refiners& own, PaddedMatrix& raw,
                        const SearchConfig& config, const BetterResponses& limits, Stream stream) {
  SearchConfig quick = config;
  quick.starts = std::min(config.starts, kStarts);
  quick.climbs = std::min(config.climbs, kClimbs);
  quick.iterations = std::min(config.iterations, kIterations);
  PaddedMatrix here(raw.rows(), raw.columns()), best(raw.rows(), raw.columns());
  copy_bids(raw, best);
  Refinement all;
  std::vector<double> reached;
  double highest = -std::numeric_limits<double>::infinity();
  const auto move = [&](Refiners& group, PaddedMatrix& bids, const SearchConfig& search,
                        std::int64_t rounds) {
    BetterResponses some = limits;
    some.rounds = std::min(limits.rounds, rounds);
    const Refinement one = move_to_better_responses({&group, 1}, bids, search, some, stream);
    all.moves += one.moves;
    all.rounds += one.rounds;
    all.end = one.end;
  };
  // 1. From every start, quickly.
  for (Index start = 0; start < limits.starts; ++start) {
    copy_bids(raw, here);
    try {
      if (start > 1) draw_bids(*common.game, stream, here);
      if (start > 0) move(own, here, quick, kOwnRounds);
      move(common, here, quick, limits.rounds);
    } catch (const NumericError&) {
      continue;  // payoffs are not defined everywhere
    }
    reached.push_back(common.game->own_payoff(0));
    if (!(reached.back() > highest)) continue;
    highest = reached.back();
    copy_bids(here, best);
  }
  // 2. From the best, with all effort.
  copy_bids(best, raw);
  move(common, raw, config, limits.rounds);
  all.starts = limits.starts;
  all.reached = std::count_if(reached.begin(), reached.end(), [&](double welfare) {
    return welfare >= highest - kSameWelfare * std::fabs(highest);
  });
  return all;
}

}  // namespace gbid
