// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/networks/task.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/error.hpp"
#include "scenarios/data/image_cache.hpp"

namespace gbid {

std::shared_ptr<const Images> load_task(const TaskConfig& config, ArrayLoader& loader) {
  ImageCache own;
  std::shared_ptr<const Images> images;
  try {
    images = (loader.images() ? *loader.images() : own).load(config.data, loader.folder());
  } catch (const MissingInputError& error) {
    throw MissingInputError(
        fmt::format("{} market.data: {}", loader.where("market.data"), error.what()));
  } catch (const DataError& error) {
    throw DataError(fmt::format("{} market.data: {}", loader.where("market.data"), error.what()));
  }
  loader.add_files(images->files);
  if (config.skip >= images->train.count)
    loader.fail("market.skip", fmt::format("expected less than the {} training images, got {}",
                                           images->train.count, config.skip));
  else if (config.batch > images->train.count - config.skip)
    loader.fail("market.batch", fmt::format("expected at most the {} training images, got {}",
                                            images->train.count - config.skip, config.batch));
  loader.throw_if_any();
  return images;
}

double TaskStructure::shared_bytes() const { return bytes_of(images()); }

void TaskStructure::load_regime(const std::optional<InitialBids>& initial_bids,
                                const RegimePlan& plan, ArrayLoader& loader) {
  if (initial_bids)
    loader.fail("regimes." + plan.name + ".initial_bids",
                "expected none: the agents of this market bid by networks, which [market] starts");
  if (std::count_if(plan.groups.begin(), plan.groups.end(), [](const GroupPlan& group) {
        return group.learns;
      }) > static_cast<std::ptrdiff_t>(plan.stages.size()))
    loader.fail("regimes." + plan.name + ".groups",
                "expected one group that learns, the others fixed: gradients of networks are taken "
                "while they are learned from");
  if (plan.group().objective == Objective::kGroupPayoff)
    loader.fail("regimes." + plan.name + ".objective",
                "expected own_payoff or mean_payoff, got group_payoff: this market has no gradient "
                "of some agents' payoffs");
}

std::map<std::string, std::string> TaskStructure::attributes() const {
  return {{"data", images().name}};
}

}  // namespace gbid
