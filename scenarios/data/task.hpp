// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>

#include "scenarios/data/images.hpp"
#include "scenarios/data/task_config.hpp"
#include "scenarios/scenario_config.hpp"
#include "scenarios/structure.hpp"

namespace gbid {

/// The images of a scenario's task; what is wrong with them is told at [market] data, skip or
/// batch.
/// @throws MissingInputError, DataError naming the file; ScenarioError.
std::shared_ptr<const Images> load_task(const TaskConfig& config, ArrayLoader& loader);

/// Numbers 0 .. count-1 of the images in a set, from `skip` on; of some classes only, if `takes`
/// says so of their labels.
template <class Takes>
std::vector<Index> images_where(const ImageSet& set, Index skip, const Takes& takes) {
  std::vector<Index> images;
  for (Index k = skip; k < set.count; ++k)
    if (takes(set.labels[static_cast<std::size_t>(k)])) images.push_back(k);
  return images;
}

/// Memory of the images.
double image_bytes(const Images& images);

/// Refuses what a regime of a market of networks cannot have.
void refuse_initial_bids(const RegimeConfig& config, const RegimePlan& plan, ArrayLoader& loader);

}  // namespace gbid
