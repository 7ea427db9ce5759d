// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// The closed form of an optimum is what prices of anarchy are taken against: no state may be above it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "engine/random/stream.hpp"
#include "scenarios/classical/game.hpp"

using namespace gbid;
using namespace gbid::classical;

namespace {

constexpr Index kAgents = 5;

std::vector<double> numbers(Stream& stream, double low, double high) {
  std::vector<double> drawn;
  for (Index i = 0; i < kAgents; ++i) drawn.push_back(low + (high - low) * stream.uniform());
  return drawn;
}

struct Named {
  std::string name;
  std::unique_ptr<Game> game;
};

/// Games with other numbers for every draw, corners among them: costs near and above what is paid.
std::vector<Named> games(Stream& stream) {
  std::vector<Named> all;
  const auto add = [&](const char* name, std::unique_ptr<Game> game) {
    all.push_back({name, std::move(game)});
  };
  for (const Society society : {Society::kEveryone, Society::kFirms}) {
    add("cournot",
        make_game(Cournot{.agents = kAgents, .society = society}, numbers(stream, 0.0, 1.2)));
    add("bertrand", make_game(Bertrand{.agents = kAgents, .substitution = 0.6, .society = society},
                              numbers(stream, 0.0, 0.8)));
  }
  for (const Effort effort : {Effort::kWasted, Effort::kTransfer})
    for (const double least : {0.0, 0.05}) {
      add("tullock, equal prizes",
          make_game(Tullock{.agents = kAgents, .effort = effort, .least_effort = least},
                    std::vector<double>(kAgents, 1.0)));
      if (effort == Effort::kTransfer || least > 0.0)
        add("tullock",
            make_game(Tullock{.agents = kAgents, .effort = effort, .least_effort = least},
                      numbers(stream, 0.2, 2.0)));
    }
  add("proportional_share",
      make_game(ProportionalShare{.agents = kAgents}, numbers(stream, 0.2, 2.0)));
  add("common_pool", make_game(CommonPool{.agents = kAgents}, {}));
  add("linear_quadratic",
      make_game(LinearQuadratic{.agents = kAgents, .interaction = 0.3}, numbers(stream, 0.0, 2.0)));
  add("bilinear", make_game(Bilinear{.agents = 6, .damping = 0.1}, {}));
  return all;
}

}  // namespace

TEST_CASE("classical games: no state within the bounds has more welfare than the known optimum") {
  constexpr int kGames = 40, kStates = 500;
  Stream stream({.seed = 5});
  int known = 0;
  for (int draw = 0; draw < kGames; ++draw)
    for (const auto& [name, game] : games(stream)) {
      CAPTURE(name);
      CAPTURE(draw);
      const std::vector<double> optimum = game->optimum();
      if (optimum.empty()) continue;
      ++known;
      const double best = game->welfare(optimum);
      const auto within = [&](Index i, double x) {
        return std::clamp(x, game->lower(i), game->upper(i));
      };
      for (Index i = 0; i < game->agents(); ++i)
        CHECK(within(i, optimum[static_cast<std::size_t>(i)]) ==
              optimum[static_cast<std::size_t>(i)]);
      for (int state = 0; state < kStates; ++state) {
        // All over the bounds, at corners, and near the optimum.
        std::vector<double> x(optimum);
        for (Index i = 0; i < game->agents(); ++i) {
          const double u = stream.uniform(), scale = game->scale(i);
          double& xi = x[static_cast<std::size_t>(i)];
          const double low = std::isfinite(game->lower(i)) ? game->lower(i) : -3.0 * scale;
          const double high = std::isfinite(game->upper(i)) ? game->upper(i) : 3.0 * scale;
          if (state % 3 == 0) xi = low + (high - low) * u;
          if (state % 3 == 1) xi = within(i, xi + 0.05 * scale * (2.0 * u - 1.0));
          if (state % 3 == 2 && u < 0.3) xi = u < 0.15 ? low : high;
        }
        CHECK(game->welfare(x) <= best + 1e-12 * std::max(1.0, std::fabs(best)));
      }
    }
  CHECK(known > 10 * kGames);
}
