// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/mixture_of_experts/structure.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/error.hpp"
#include "scenarios/mixture_of_experts/deviations.hpp"
#include "scenarios/mixture_of_experts/records.hpp"
#include "scenarios/mixture_of_experts/schema.hpp"
#include "scenarios/networks/network_structure.hpp"

namespace gbid::mixture_of_experts {
namespace {

class ExpertStructure final : public NetworkStructure<ExpertMarket, Game> {
 public:
  using NetworkStructure::NetworkStructure;

  double parameter_count() const override { return game().shape.parameter_count(); }
  std::vector<Dimension> dimensions() const override {
    return mixture_of_experts::dimensions(game().shape);
  }
  std::vector<ArraySpec> arrays() const override {
    std::vector<ArraySpec> all = mixture_of_experts::arrays(game().shape);
    for (const ArrayRow<Certificate>& row : certificate_rows()) all.push_back(row.spec);
    return all;
  }

  double trial_bytes(const RegimePlan& plan) const override {
    const Shape& shape = game().shape;
    const double value = value_bytes();
    const int blocks = 2 + moment_count(plan.largest_learner());  // parameters, gradients, moments
    const double parameters =
        static_cast<double>(shape.bidders) * static_cast<double>(shape.bidder_parameters) +
        static_cast<double>(shape.sellers) * static_cast<double>(shape.seller_parameters);
    double row = static_cast<double>(shape.pixels + 2 * shape.class_columns) + 3.0;
    for (std::size_t l = 0; l + 1 < shape.layers.size(); ++l)
      row += 2.0 * static_cast<double>(shape.layers[l].outputs);
    const double sample = static_cast<double>(shape.pixels + shape.sellers + shape.score_columns +
                                              shape.class_columns);
    const double joint = 2.0 * static_cast<double>(Dispatch::most_runs(shape)) *
                         static_cast<double>((shape.answer().inputs + 1) * shape.class_columns);
    double held_out = 0.0;
    for (const auto& images : game().held_out)
      held_out = std::max(held_out, static_cast<double>(images->size()));
    // A certificate is made in a market of its own, in which every agent has a copy of its own.
    const bool certifies = wants_certificate(plan.final);
    const double markets = certifies ? 2.0 : 1.0;
    const double alone = certifies ? (value + 16.0) * parameters : 0.0;
    return alone +
           markets * (value * (blocks * parameters + joint +
                               static_cast<double>(shape.most_rows()) * row +
                               static_cast<double>(shape.bidders * shape.batch) * sample +
                               held_out * 3.0 * static_cast<double>(shape.bidders * shape.top_k)) +
                      8.0 * static_cast<double>(shape.bidders) *
                          static_cast<double>(game().images->train.count));
  }
  double step_flops(const RegimePlan&) const override {
    return 2.0 * game().shape.multiply_adds(game().shape.most_rows(),
                                            std::min(game().shape.most_rows(),
                                                     game().shape.bidders * game().shape.sellers));
  }
  double final_flops(const RegimePlan& plan) const override {
    if (!wants_certificate(plan.final)) return 0.0;
    const double a_test = static_cast<double>(game().images->held_out.count) /
                          static_cast<double>(game().shape.batch) / 3.0;  // there, and not back
    return static_cast<double>(examined_count(agents(), plan.search)) *
           static_cast<double>(plan.search.climbs) *
           (static_cast<double>(plan.search.iterations) + a_test) * step_flops(plan);
  }
};

}  // namespace

std::shared_ptr<const Game> make_game(const MarketConfig& config,
                                      std::shared_ptr<const Images> images) {
  const Shape shape(config, images->train.pixel_count(), images->classes);
  auto game = std::make_shared<Game>(Game{config, shape, images, {}, {}});
  using Numbers = std::vector<Index>;
  const Index kinds = config.specialise ? config.bidders : 1;
  for (Index c = 0; c < config.bidders; ++c) {
    if (c >= kinds) {  // all bidders have the same images
      game->training.push_back(game->training.front());
      game->held_out.push_back(game->held_out.front());
      continue;
    }
    const auto takes = [&](Index label) { return label % kinds == c; };
    game->training.push_back(
        std::make_shared<Numbers>(images_where(images->train, config.skip, takes)));
    game->held_out.push_back(std::make_shared<Numbers>(images_where(images->held_out, 0, takes)));
    const auto count = static_cast<Index>(game->training.back()->size());
    const bool is_untested = game->held_out.back()->empty();
    if (count < config.batch || is_untested)
      throw DataError(fmt::format("expected at most the {} training images of bidder {}{}, got {}",
                                  count, c, is_untested ? ", who has no held-out image" : "",
                                  config.batch));
  }
  return game;
}

namespace {

std::unique_ptr<Structure> make(const MarketConfig& config, const Setup& setup,
                                ArrayLoader& loader) {
  const auto images = load_task(config, loader);
  try {
    return std::make_unique<ExpertStructure>(setup, make_game(config, images));
  } catch (const DataError& error) {
    loader.fail("market.batch", error.what());
    loader.throw_if_any();
    throw;
  }
}

constexpr const char* kExample = R"(
title = "A market of experts"

[market]
structure = "mixture_of_experts"

[learning]
learner = { kind = "adam", rate = 0.001 }

[regimes.competitive]
objective = "own_payoff"

[regimes.coordinated]
objective = "mean_payoff"

[record]
every = 50
)";

}  // namespace

EntryOf<MarketConfig> entry() {
  return {{.name = "mixture_of_experts",
           .help = "bidders that buy the outputs of sellers' expert networks to learn a task",
           .example = kExample,
           .recordables = mixture_of_experts::recordables()},
          market_schema(),
          make};
}

}  // namespace gbid::mixture_of_experts
