// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/equilibrium/better_responses.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/core/error.hpp"
#include "scenarios/equilibrium/best_response_search.hpp"
#include "scenarios/equilibrium/payoff_range.hpp"

namespace gbid {
namespace {

constexpr double kSameBids = 1e-6;

/// Shares of all agents, or raw bids where there are none.
std::vector<double> bids_of(DeviationGame& game) {
  std::vector<double> all;
  std::vector<double> row(static_cast<std::size_t>(game.bids_per_agent()));
  for (Index i = 0; i < game.agents(); ++i) {
    const auto raw = game.raw_bids().row_span(i);
    std::copy(raw.begin(), raw.end(), row.begin());
    game.shares(i, row);
    all.insert(all.end(), row.begin(), row.end());
  }
  return all;
}

bool is_same_bids(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(),
                    [](double x, double y) { return std::fabs(x - y) <= kSameBids; });
}

bool are_payoffs_defined(DeviationGame& game) {
  for (Index i = 0; i < game.agents(); ++i)
    if (!std::isfinite(game.own_payoff(i))) return false;
  return true;
}

}  // namespace

Refinement move_to_better_responses(std::span<Refiners> groups, PaddedMatrix& raw,
                                    const SearchConfig& config, const BetterResponses& limits,
                                    Stream orders) {
  Refinement result;
  std::vector<Index> everyone(static_cast<std::size_t>(raw.rows()));
  std::iota(everyone.begin(), everyone.end(), Index{0});
  for (Refiners& group : groups) {
    for (const Index i : everyone)
      std::copy_n(raw.row(i), raw.columns(), group.game->raw_bids().row(i));
    group.game->clear(Movers{everyone, true});
  }
  std::vector<DeviationGame*> game_of(everyone.size(), nullptr);
  for (Refiners& group : groups)
    for (const Index i : group.agents) game_of[static_cast<std::size_t>(i)] = group.game.get();
  if (!are_payoffs_defined(*groups.front().game))
    throw NumericError("better responses: payoffs are not finite where learning ended");
  const double range = payoff_range(*groups.front().game, raw);
  std::vector<double> payoffs(everyone.size());
  std::vector<std::vector<double>> visited{bids_of(*groups.front().game)};
  std::vector<Index> order = everyone;
  const bool is_in_turn = limits.order == BetterResponses::Order::kInTurn;
  bool is_back = false;  // at the bids of an earlier round
  const auto move = [&](Index i, const std::vector<double>& bids) {
    std::copy(bids.begin(), bids.end(), raw.row(i));
    for (Refiners& group : groups) {
      std::copy(bids.begin(), bids.end(), group.game->raw_bids().row(i));
      group.game->clear(Movers{everyone, true});
    }
  };
  for (result.end = Refinement::End::kLimit; result.rounds < limits.rounds;) {
    ++result.rounds;
    bool is_at_rest = true;
    if (!is_in_turn)  // Fisher and Yates
      for (std::size_t k = order.size(); k-- > 1;)
        std::swap(order[k],
                  order[static_cast<std::size_t>(orders.below(static_cast<std::int64_t>(k) + 1))]);
    for (const Index i : order) {
      DeviationGame* const game = game_of[static_cast<std::size_t>(i)];
      if (!game) continue;
      game->clear(Movers{everyone, true});  // afresh, as a certificate does
      for (const Index j : everyone) payoffs[static_cast<std::size_t>(j)] = game->own_payoff(j);
      const double payoff = game->own_payoff(i);
      const Response response = best_response(*game, i, config);
      const double allowed = config.tolerance * payoff_scale(payoffs, range);
      if (!(response.payoff - payoff > allowed)) continue;
      is_at_rest = false;
      // Where columns are level up to rounding a ranking jumps, and payoffs differ from those that
      // the search looked ahead to: better is what is better in the market as it clears afresh.
      const std::vector<double> stayed(raw.row(i), raw.row(i) + raw.columns());
      move(i, response.raw);
      if (game->own_payoff(i) - payoff > allowed && are_payoffs_defined(*game))
        ++result.moves;
      else
        move(i, stayed);
    }
    std::vector<double> here = bids_of(*groups.front().game);
    if (is_at_rest) {
      result.end = Refinement::End::kAtRest;
      break;
    }
    if (is_back) {
      result.end = Refinement::End::kCycle;
      break;
    }
    is_back = is_in_turn && std::any_of(visited.begin(), visited.end(), [&](const auto& there) {
                return is_same_bids(there, here);
              });
    visited.push_back(std::move(here));
  }
  return result;
}

const std::vector<ArrayRow<Refinement>>& refinement_rows() {
  const auto number = [](const char* name, const char* help, auto value) {
    return derived<Refinement>(
        ArraySpec{{name, help, "1", {}}, Role::kDerived, Recorded::kFinal, kRefinement},
        [value](const Refinement& r, double* out) {
          *out = value(r);
          return out + 1;
        });
  };
  static const std::vector<ArrayRow<Refinement>> rows{
      number("refine_moves", "moves to better responses after learning",
             [](const Refinement& r) { return static_cast<double>(r.moves); }),
      number("refine_rounds", "rounds in which every agent had its turn",
             [](const Refinement& r) { return static_cast<double>(r.rounds); }),
      number(
          "refine_end",
          "0: not refined; 1: no agent found more than the tolerance; 2: a cycle; 3: rounds over",
          [](const Refinement& r) { return static_cast<double>(r.end); }),
      number("refine_starts", "places that a planner moved on from, or 1",
             [](const Refinement& r) { return static_cast<double>(r.starts); }),
      number("refine_reached", "how many of these came to the welfare of the best",
             [](const Refinement& r) { return static_cast<double>(r.reached); }),
      number("learned_welfare", "mean payoff at the end of learning",
             [](const Refinement& r) { return r.welfare_before; }),
      number("refined_welfare", "mean payoff after the moves to better responses",
             [](const Refinement& r) { return r.welfare; }),
  };
  return rows;
}

}  // namespace gbid
