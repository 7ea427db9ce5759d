// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/core/error.hpp"
#include "engine/random/stream.hpp"
#include "scenarios/classical/classical_game.hpp"
#include "scenarios/play/play_in_memory.hpp"

using namespace gbid;
using namespace gbid::classical;

namespace {

std::vector<double> uniform(Index n, double low, double high, std::uint64_t seed = 5) {
  Stream stream({.seed = seed, .purpose = Purpose::kClassical});
  std::vector<double> values(static_cast<std::size_t>(n));
  for (double& value : values) value = low + (high - low) * stream.uniform();
  return values;
}

/// Every game in every convention, with numbers that differ from agent to agent.
std::vector<std::shared_ptr<const Game>> games(Index n) {
  std::vector<std::shared_ptr<const Game>> all;
  const auto numbers = uniform(n, 0.5, 1.5), costs = uniform(n, 0.0, 0.3);
  all.push_back(make_game(ProportionalShare{.agents = n}, numbers));
  for (const Effort effort : {Effort::kWasted, Effort::kTransfer})
    for (const double r : {0.7, 1.0, 1.4})
      all.push_back(make_game(
          Tullock{.agents = n, .exponent = r, .effort = effort, .least_effort = 1e-3}, numbers));
  for (const Society society : {Society::kEveryone, Society::kFirms}) {
    all.push_back(make_game(Cournot{.agents = n, .slope = 0.7, .society = society}, costs));
    all.push_back(make_game(Bertrand{.agents = n, .substitution = 0.6, .society = society}, costs));
  }
  all.push_back(make_game(CommonPool{.agents = n}, {}));
  all.push_back(make_game(LinearQuadratic{.agents = n, .interaction = 0.3}, numbers));
  all.push_back(make_game(Bilinear{.agents = n, .stake = 1.2, .damping = 0.3}, {}));
  return all;
}

Profile state_of(const Game& game, const std::vector<double>& x) {
  return {x.data(), game.partial(x.data(), 0, game.agents())};
}

double payoff(const Game& game, const std::vector<double>& x, Index agent) {
  double value = 0.0;
  game.payoffs(state_of(game, x), agent, agent + 1, &value);
  return value;
}

}  // namespace

TEST_CASE("classical games: no strategy on a fine grid beats the best response") {
  const Index n = 6;
  for (const auto& game : games(n)) {
    const std::vector<double> x = uniform(n, 0.05, 0.45, 9);
    for (Index i = 0; i < n; ++i) {
      std::vector<double> other = x;
      other[static_cast<std::size_t>(i)] = game->best_response(state_of(*game, x), i);
      const double best = payoff(*game, other, i);
      const double low = std::max(game->lower(i), -5.0), high = std::min(game->upper(i), 5.0);
      for (int k = 0; k <= 2000; ++k) {
        other[static_cast<std::size_t>(i)] = low + (high - low) * k / 2000.0;
        // The search of contests is exact to half of the digits in effort: all of them in payoff.
        CHECK(best >= payoff(*game, other, i) - 1e-12);
      }
    }
  }
}

TEST_CASE("classical games: no state near a known optimum has more welfare") {
  const Index n = 6;
  for (const auto& game : games(n)) {
    const std::vector<double> optimum = game->optimum();
    if (optimum.empty()) continue;
    const double best = game->welfare(optimum);
    Stream stream({.seed = 11, .purpose = Purpose::kClassical});
    for (int k = 0; k < 500; ++k) {
      std::vector<double> x = optimum;
      for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = std::clamp(x[i] + 0.2 * (stream.uniform() - 0.5), game->lower(static_cast<Index>(i)),
                          game->upper(static_cast<Index>(i)));
      CHECK(game->welfare(x) <= best + 1e-12);
    }
  }
}

TEST_CASE("classical market: where one agent moves, the numbers are those of all moving") {
  const Index n = 3000;  // three blocks of totals
  for (const auto& game : games(n)) {
    ClassicalGame moved(game, {}), fresh(game, {});
    std::vector<Index> everyone(static_cast<std::size_t>(n));
    std::iota(everyone.begin(), everyone.end(), Index{0});
    const auto start = uniform(n, 0.1, 0.4);
    for (Index i = 0; i < n; ++i)
      moved.raw_bids()(i, 0) = fresh.raw_bids()(i, 0) = start[static_cast<std::size_t>(i)];
    moved.clear({everyone, true});
    for (const Index agent : {Index{0}, Index{1500}, Index{2999}}) {
      moved.raw_bids()(agent, 0) = fresh.raw_bids()(agent, 0) = 0.33;
      const Index one[] = {agent};
      moved.clear({one, false});
    }
    fresh.clear({everyone, true});
    for (const Index agent : {Index{0}, Index{7}, Index{2047}})
      CHECK(moved.own_payoff(agent) == fresh.own_payoff(agent));
  }
}

TEST_CASE(
    "classical market: thousands of agents get the same numbers on one and on eight threads") {
  const Scenario scenario = scenario_from_text(R"(
steps = 20
[market]
structure = "cournot"
agents = 5000
costs = { kind = "random", low = 0.0, high = 0.5 }
[learning]
learner = { kind = "extragradient", rate = 1e-4 }
[regimes.competitive]
[record]
every = 5
trajectory = ["strategies", "pseudo_gradient", "distance_travelled", "displacement"]
final = ["cycling"]
)");
  const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism, 8);
  PlayedTrial one, many;
  tbb::task_arena(1).execute([&] { one = play_in_memory(scenario, 0, 0); });
  tbb::task_arena(8).execute([&] { many = play_in_memory(scenario, 0, 0); });
  CHECK(one.trajectory == many.trajectory);
  CHECK(one.final == many.final);
  CHECK(one.scalar("distance_travelled") > 0.0);
  // A straight enough path: the triangle inequality, with room for rounding.
  CHECK(one.scalar("displacement") <= one.scalar("distance_travelled") * (1.0 + 1e-12));
}

TEST_CASE("classical market: strategies stay within their bounds, and raw bids with them") {
  const std::shared_ptr<const Game> game = make_game(Cournot{.agents = 2}, {0.0, 0.0});
  ClassicalGame market(game, {});
  const Index both[] = {0, 1};
  market.raw_bids()(0, 0) = -3.0;
  market.raw_bids()(1, 0) = 7.0;
  market.clear({both, true});
  CHECK(market.raw_bids()(0, 0) == 0.0);
  CHECK(market.raw_bids()(1, 0) == 1.0);
  // Nothing can be gained beyond a bound.
  const double inward[] = {1.0}, outward[] = {-1.0};
  CHECK(market.squared_residual(0, inward) == 1.0);
  CHECK(market.squared_residual(0, outward) == 0.0);
}

TEST_CASE("classical games: where nobody bids, everybody has an equal share") {
  const auto shares = make_game(ProportionalShare{.agents = 2}, {1.0, 0.5});
  CHECK(payoff(*shares, {0.0, 0.0}, 0) == 0.5);
  CHECK(shares->welfare({0.0, 0.0}) == 0.75);
  CHECK(shares->welfare(shares->optimum()) == 1.0);
}

TEST_CASE("best response is refused where there is none, and where a planner is asked for") {
  const auto refusal = [](const std::string& market, const std::string& regime) {
    try {
      scenario_from_text("[market]\n" + market + "\n[regimes.r]\nlearner = \"best_response\"\n" +
                         regime);
    } catch (const ScenarioError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refusal("structure = \"cournot\"", "").empty());
  CHECK(refusal("structure = \"cournot\"", "objective = \"mean_payoff\"")
            .find("regimes.r.objective: expected own_payoff") != std::string::npos);
  CHECK(refusal("structure = \"bid_matrix\"\npayoff = { utility = 1.0 }", "")
            .find("regimes.r.learner: expected a learner that climbs gradients") !=
        std::string::npos);
}
