// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <numeric>
#include <vector>

#include "agents/network/initialise.hpp"
#include "engine/random/stream.hpp"
#include "scenarios/layered_flow/market.hpp"
#include "scenarios/layered_flow/records.hpp"
#include "scenarios/layered_flow/structure.hpp"

namespace gbid::test::flows {

using namespace layered_flow;

using Config = layered_flow::MarketConfig;

inline ImageSet random_set(Index count, Index rows, Index columns, Index classes,
                           std::uint64_t agent) {
  Stream stream({.seed = 5, .purpose = Purpose::kSyntheticImage, .agent = agent});
  ImageSet set{count, rows, columns, {}, {}};
  for (Index k = 0; k < count * rows * columns; ++k)
    set.pixels.push_back(static_cast<std::uint8_t>(256.0 * stream.uniform()));
  for (Index k = 0; k < count; ++k) set.labels.push_back(static_cast<std::uint8_t>(k % classes));
  return set;
}

inline std::shared_ptr<const Images> random_images(Index count, Index rows, Index columns,
                                                   Index classes) {
  auto images = std::make_shared<Images>();
  images->name = "random";
  images->classes = classes;
  images->train = random_set(count, rows, columns, classes, 0);
  images->held_out = random_set(count / 2 + 3, rows, columns, classes, 1);
  return images;
}

/// 20 pixels, 7 and 5 hidden neurons, 3 classes.
inline std::shared_ptr<const Game> tiny_game(Config config) {
  config.hidden = {7, 5};
  config.batch = 12;
  return make_game(config, random_images(40, 5, 4, 3));
}

/// Larger than a block in every direction, and a multiple of nothing.
inline std::shared_ptr<const Game> uneven_game(Config config) {
  config.hidden = {150, 70};
  config.batch = 275;
  return make_game(config, random_images(700, 11, 9, 6));
}

inline RegimePlan plan_of(const Learner& learner, std::vector<Index> recorded = {0, 1000}) {
  RegimePlan plan;
  plan.group().learner = learner;
  plan.recorded_steps = std::move(recorded);
  plan.final = {"networks", "masks"};
  for (const Variable& variable : recordables().trajectory)
    plan.trajectory.push_back(variable.name);
  return plan;
}

inline constexpr StreamKey kKey{.seed = 3, .trial = 2};

/// Agents 0 .. count-1.
struct Everyone {
  explicit Everyone(Index count) : agents(static_cast<std::size_t>(count)) {
    std::iota(agents.begin(), agents.end(), Index{0});
  }
  Movers movers() const { return {agents, true}; }
  std::vector<Index> agents;
};

}  // namespace gbid::test::flows
