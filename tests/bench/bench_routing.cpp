// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Selfish routing on synthetic towns of the sizes of two well-known road networks: time to a gap of
// 1e-8, of one sweep, and links that the searches look at a second.
#include <benchmark/benchmark.h>
#include <oneapi/tbb/task_arena.h>

#include <numeric>

#include "scenarios/routing/structure.hpp"

namespace {

using namespace gbid;
using namespace gbid::routing;

constexpr double kGap = 1e-8;
constexpr Index kMostSteps = 1000;

/// 0: 24 crossings, 76 streets, 528 pairs. 1: 240 crossings, 898 streets, 1406 pairs, whose trips
/// cost a fifth more than on empty streets. 2: the same with twice the trips, which cost four
/// fifths more.
std::shared_ptr<const Game> town(std::int64_t size) {
  routing::MarketConfig config;
  config.gap = kGap;
  GridNetwork grid{.rows = 4, .columns = 6, .origins = 24, .destinations = 22};
  if (size > 0) grid = {.rows = 15, .columns = 16, .origins = 38, .destinations = 37};
  if (size == 1) grid.congestion = 0.5;
  config.network = grid;
  return make_game(config);
}

std::vector<Index> everyone(const Game& game) {
  std::vector<Index> pairs(static_cast<std::size_t>(game.network->pair_count()));
  std::iota(pairs.begin(), pairs.end(), Index{0});
  return pairs;
}

/// From empty streets to a gap of 1e-8, the market's construction included.
void BM_route_to_gap(benchmark::State& state) {
  const auto game = town(state.range(0));
  const std::vector<Index> movers = everyone(*game);
  RegimePlan plan;
  plan.group().objective = state.range(1) == 0 ? Objective::kOwnPayoff : Objective::kMeanPayoff;
  tbb::task_arena arena(static_cast<int>(state.range(2)));
  Index steps = 0, scanned = 0;
  for (auto _ : state) {
    arena.execute([&] {
      RoutingMarket market(game, plan, {});
      for (Index step = 0; step < kMostSteps; ++step) {
        market.clear({movers, true});
        if (*market.is_at_rest()) break;
        market.learn({movers, true}, 0);
        ++steps;
      }
      if (!*market.is_at_rest()) state.SkipWithError("the gap was not reached");
      scanned += market.assignment().links_scanned();
    });
  }
  state.counters["steps"] = static_cast<double>(steps) / static_cast<double>(state.iterations());
  state.counters["links/s"] =
      benchmark::Counter(static_cast<double>(scanned), benchmark::Counter::kIsRate);
}
BENCHMARK(BM_route_to_gap)
    ->ArgNames({"size", "planner", "threads"})
    ->ArgsProduct({{0, 1, 2}, {0, 1}, {1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

/// The searches from all origins alone.
void BM_route_search(benchmark::State& state) {
  const auto game = town(state.range(0));
  std::vector<double> cost;
  for (Index link = 0; link < game->network->link_count(); ++link)
    cost.push_back(game->travel().value(link, 0.5));
  ShortestPaths search(*game->network);
  for (auto _ : state)
    for (Index origin = 0; origin < game->network->origin_count(); ++origin)
      search.from(origin, cost);
  state.counters["links/s"] =
      benchmark::Counter(static_cast<double>(search.scanned()), benchmark::Counter::kIsRate);
}
BENCHMARK(BM_route_search)->ArgName("size")->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

}  // namespace
