// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/layered_flow/structure.hpp"

#include "scenarios/layered_flow/deviations.hpp"
#include "scenarios/layered_flow/records.hpp"
#include "scenarios/layered_flow/schema.hpp"
#include "scenarios/networks/network_structure.hpp"

namespace gbid::layered_flow {
namespace {

class FlowStructure final : public NetworkStructure<FlowMarket, Game> {
 public:
  using NetworkStructure::NetworkStructure;

  double parameter_count() const override {
    return 2.0 * game().shape.connections() + static_cast<double>(agents());
  }
  std::vector<Dimension> dimensions() const override {
    return layered_flow::dimensions(game().shape);
  }
  std::vector<ArraySpec> arrays() const override {
    std::vector<ArraySpec> all = layered_flow::arrays(game().shape);
    for (const ArrayRow<Certificate>& row : certificate_rows()) all.push_back(row.spec);
    return all;
  }

  double trial_bytes(const RegimePlan& plan) const override {
    const Shape& shape = game().shape;
    const double value = value_bytes();
    const double samples = static_cast<double>(padded_samples(shape.batch) + kSampleGroup);
    const int blocks = 2 + moment_count(plan.largest_learner());  // parameters, gradients, moments
    double bytes = value * samples * static_cast<double>(shape.pixels) +
                   8.0 * static_cast<double>(game().images->train.count);
    for (const Layer& layer : shape.layers) {
      const double row = static_cast<double>(layer.capacity());
      bytes += static_cast<double>(layer.outputs) *
               (value * (blocks * (2.0 * row + 16.0) + 4.0 * row + 2.0 * samples) + 8.0 * row);
    }
    // A certificate is made in a market of its own, whose neurons have a second self, and whose
    // activations are kept before and after theirs.
    return wants_certificate(plan.final) ? 4.0 * bytes : bytes;
  }
  double step_flops(const RegimePlan&) const override {
    return 2.0 * game().shape.dense_multiply_adds();
  }
  /// A neuron that leaves the state changes one row of its layer and one column of the next: what
  /// is computed for it lies above those.
  double final_flops(const RegimePlan& plan) const override {
    if (!wants_certificate(plan.final)) return 0.0;
    double above = 0.0;
    for (std::size_t l = 1; l < game().shape.layers.size(); ++l)
      above += static_cast<double>(game().shape.layers[l].connections());
    const double alone = 4.0 * above * static_cast<double>(game().shape.batch) *
                         static_cast<double>(examined_count(agents(), plan.search));
    const double tests = static_cast<double>(game().images->held_out.count) /
                         static_cast<double>(game().shape.batch) / 2.0;
    return static_cast<double>(plan.search.climbs) *
           (static_cast<double>(plan.search.iterations) + tests) * (alone + 2.0 * step_flops(plan));
  }
};

}  // namespace

std::shared_ptr<const Game> make_game(const MarketConfig& config,
                                      std::shared_ptr<const Images> images) {
  const Shape shape(config, images->train.pixel_count(), images->classes);
  auto training = std::make_shared<const std::vector<Index>>(
      images_where(images->train, config.skip, [](Index) { return true; }));
  return std::make_shared<const Game>(Game{config, shape, std::move(images), std::move(training)});
}

namespace {

std::unique_ptr<Structure> make(const MarketConfig& config, const Setup& setup,
                                ArrayLoader& loader) {
  return std::make_unique<FlowStructure>(setup, make_game(config, load_task(config, loader)));
}

constexpr const char* kExample = R"(
title = "Neurons that bid on their inputs"

[market]
structure = "layered_flow"

[learning]
learner = { kind = "adam", rate = 0.001 }

[regimes.coordinated]
objective = "mean_payoff"

[record]
every = 50
)";

}  // namespace

EntryOf<MarketConfig> entry() {
  return {{.name = "layered_flow",
           .help = "layers of neurons that bid on their inputs and cut those below the mean",
           .example = kExample,
           .recordables = layered_flow::recordables()},
          market_schema(),
          make};
}

}  // namespace gbid::layered_flow
