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

Profile state_of(const Game& game, const std::vector<double>& x) { return game.profile(x); }

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
            .find("regimes.r.learner: expected a learner that climbs plain gradients") !=
        std::string::npos);
}

namespace {

/// Bertrand's game of firms with these costs, a = 1 and s = 1/2.
std::unique_ptr<Game> bertrand(const std::vector<double>& costs,
                               Society society = Society::kFirms) {
  return make_game(Bertrand{.agents = static_cast<Index>(costs.size()), .society = society}, costs);
}

/// What a consumer buys at these prices, and its surplus: the maximum of
/// U sum q - (sum q^2 + theta (sum q)^2) / (2 (1 + w)) - sum p q over q >= 0, good by good.
std::vector<double> bought(const std::vector<double>& prices) {
  const double n = static_cast<double>(prices.size()), w = 0.5 / (n - 1.0), theta = w / 0.5;
  std::vector<double> q(prices.size(), 0.0);
  double sum = 0.0;
  for (int sweep = 0; sweep < 2000; ++sweep)
    for (std::size_t i = 0; i < q.size(); ++i) {
      sum -= q[i];
      q[i] = std::max(0.0, ((1.0 + w) * (2.0 - prices[i]) - theta * sum) / (1.0 + theta));
      sum += q[i];
    }
  return q;
}

}  // namespace

TEST_CASE("bertrand: the consumer buys what is best for it, and no negative amounts") {
  const std::vector<double> costs = {0.1, 0.2, 0.3, 1.9};
  const auto firms = bertrand(costs), everyone = bertrand(costs, Society::kEveryone);
  int idle = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const std::vector<double> prices = uniform(4, 0.0, 2.0, seed), q = bought(prices);
    double sum = 0.0, squares = 0.0, profit = 0.0;
    for (std::size_t i = 0; i < q.size(); ++i) {
      idle += q[i] == 0.0;
      sum += q[i], squares += q[i] * q[i], profit += (prices[i] - costs[i]) * q[i];
      CHECK(payoff(*firms, prices, static_cast<Index>(i)) ==
            doctest::Approx((prices[i] - costs[i]) * q[i]).epsilon(1e-9).scale(1.0));
    }
    const double w = 0.5 / 3.0, surplus = (squares + w / 0.5 * sum * sum) / (2.0 * (1.0 + w));
    CHECK(firms->welfare(prices) == doctest::Approx(profit).epsilon(1e-9).scale(1.0));
    CHECK(everyone->welfare(prices) == doctest::Approx(profit + surplus).epsilon(1e-9).scale(1.0));
  }
  CHECK(idle > 20);
}

TEST_CASE("bertrand: a firm whose cost is above demand sells nothing") {
  // By hand, two firms with costs 0 and c: both sell below c = 1.4286; from 1.5 on firm 0 has a
  // monopoly, with 1.5 - 0.75 p; between, it keeps the other out at p = 2 c - 2.
  const auto equilibrium = [](double c) { return bertrand({0.0, c})->equilibrium(); };
  CHECK(equilibrium(1.2)[0] == doctest::Approx(1.24 / 0.9 / (5.0 / 3.0)));
  CHECK(equilibrium(1.45)[0] == doctest::Approx(0.9));
  CHECK(equilibrium(1.6)[0] == doctest::Approx(1.0));
  CHECK(equilibrium(7.0)[0] == doctest::Approx(1.0));
  CHECK(equilibrium(7.0)[1] == 2.0);  // its bound, below its cost
  CHECK(payoff(*bertrand({0.0, 1.6}), equilibrium(1.6), 0) == doctest::Approx(0.75));
  CHECK(payoff(*bertrand({0.0, 1.6}), equilibrium(1.6), 1) == 0.0);
  // The optimum of firms and consumers sells at cost: surplus 1.5 with one good; the limit price leaves 1.19625.
  const auto everyone = bertrand({0.0, 1.45}, Society::kEveryone);
  CHECK(everyone->welfare(everyone->optimum()) == doctest::Approx(1.5));
  CHECK(everyone->welfare(everyone->equilibrium()) == doctest::Approx(1.19625));
}

TEST_CASE("bertrand: no firm gains at a known equilibrium, however many sell") {
  int idle = 0, known = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const std::vector<double> costs = uniform(2 + static_cast<Index>(seed % 4), 0.0, 2.2, seed);
    const auto game = bertrand(costs);
    const std::vector<double> prices = game->equilibrium();
    if (prices.empty()) continue;
    ++known;
    for (Index i = 0; i < game->agents(); ++i) {
      std::vector<double> other = prices;
      other[static_cast<std::size_t>(i)] = game->best_response(state_of(*game, prices), i);
      CHECK(payoff(*game, other, i) <= payoff(*game, prices, i) + 1e-12);
      idle += payoff(*game, prices, i) == 0.0;
      for (int k = 0; k <= 500; ++k) {
        std::vector<double> tried = prices;
        tried[static_cast<std::size_t>(i)] = game->upper(i) * k / 500.0;
        CHECK(payoff(*game, tried, i) <= payoff(*game, other, i) + 1e-12);
      }
    }
  }
  CHECK(known > 100);
  CHECK(idle > 100);
}

TEST_CASE("bertrand: best responses and optima are the best where firms sell nothing") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed)
    for (const Society society : {Society::kFirms, Society::kEveryone}) {
      const std::vector<double> costs = uniform(5, 0.0, 2.2, seed);
      const auto game = bertrand(costs, society);
      const std::vector<double> prices = uniform(5, 0.0, 2.0, seed + 1000);
      for (Index i = 0; i < 5; ++i) {
        std::vector<double> tried = prices;
        tried[static_cast<std::size_t>(i)] = game->best_response(state_of(*game, prices), i);
        const double best = payoff(*game, tried, i);
        for (int k = 0; k <= 1000; ++k) {
          tried[static_cast<std::size_t>(i)] = 2.0 * k / 1000.0;
          CHECK(payoff(*game, tried, i) <= best + 1e-12);
        }
      }
      const double most = game->welfare(game->optimum());
      for (std::uint64_t k = 0; k < 300; ++k)
        CHECK(game->welfare(uniform(5, 0.0, 2.0, 7777 + k)) <= most + 1e-12);
    }
}

TEST_CASE("bertrand: gradients are those of payoffs, and lead back into the market") {
  const std::vector<double> costs = {0.1, 0.5, 0.9, 1.9};
  constexpr double kStep = 1e-6;
  for (const Society society : {Society::kFirms, Society::kEveryone}) {
    const auto game = bertrand(costs, society);
    int idle = 0;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
      const std::vector<double> prices = uniform(4, 0.0, 2.0, seed);
      const Profile state = state_of(*game, prices);
      for (Index i = 0; i < 4; ++i) {
        double own = 0.0, social = 0.0;
        game->own_slopes(state, std::span(&i, 1), &own, 1);
        game->social_slopes(state, std::span(&i, 1), &social, 1);
        std::vector<double> up = prices, down = prices;
        up[static_cast<std::size_t>(i)] += kStep, down[static_cast<std::size_t>(i)] -= kStep;
        if (prices[static_cast<std::size_t>(i)] < game->effective(state, i) + 1e-12) {
          // Central differences of pieces that are quadratic: rounding alone.
          CHECK(own ==
                doctest::Approx((payoff(*game, up, i) - payoff(*game, down, i)) / (2 * kStep))
                    .epsilon(1e-7)
                    .scale(1.0));
          CHECK(social == doctest::Approx((game->welfare(up) - game->welfare(down)) / (2 * kStep))
                              .epsilon(1e-7)
                              .scale(1.0));
        } else {
          ++idle;
          const bool is_dear = costs[static_cast<std::size_t>(i)] >= game->effective(state, i);
          CHECK((is_dear ? own == 0.0 : own < 0.0));
        }
      }
    }
    CHECK(idle > 10);
  }
}

TEST_CASE("contests: equal prizes are equal however they are written") {
  const auto market = [](const std::string& keys) {
    try {
      scenario_from_text("[market]\n" + keys + "\n[regimes.r]\n");
    } catch (const ScenarioError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::string contest = "structure = \"tullock\"\nagents = 3\n";
  CHECK(market(contest + "prizes = { values = [4.0, 4.0, 4.0] }").empty());
  CHECK(market(contest + "prizes = { values = [4.0, 4.0, 4.1] }").find("market.least_effort") !=
        std::string::npos);
  CHECK(
      market(contest + "prizes = { kind = \"random\" , low = 0.5 }").find("market.least_effort") !=
      std::string::npos);
  const std::string efforts = "structure = \"linear_quadratic\"\nagents = 2\ninteraction = 0.5\n";
  CHECK(market(efforts + "benefits = { values = [1.0, 1.0] }").empty());
  CHECK(market(efforts + "benefits = { values = [1.0, 2.0] }").find("market.interaction") !=
        std::string::npos);
}
