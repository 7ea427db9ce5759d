// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>

#include "scenarios/data/images.hpp"
#include "scenarios/networks/task_config.hpp"
#include "scenarios/structure/structure.hpp"

namespace gbid {

/// The images of a scenario's task; errors in them are reported at [market] data, skip or
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

/// A structure whose agents learn a task from images by networks of their own. The task is the same
/// for all trials; starts, batches and noise are not.
class TaskStructure : public Structure {
 public:
  bool has_shared_game() const override { return true; }
  double shared_bytes() const override;
  /// Refuses what a regime of a market of networks cannot have.
  void load_regime(const std::optional<InitialBids>& initial_bids, const RegimePlan& plan,
                   ArrayLoader& loader) override;
  std::map<std::string, std::string> attributes() const override;

 protected:
  virtual const Images& images() const = 0;
};

}  // namespace gbid
