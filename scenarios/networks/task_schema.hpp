// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "engine/config/schema.hpp"
#include "scenarios/data/schema.hpp"
#include "scenarios/networks/task_config.hpp"

namespace gbid {

std::vector<config::Choice<Init>> init_choices();
/// Those whose derivative follows from their value.
std::vector<config::Choice<Activation>> batch_activation_choices();

/// Declares the keys of a TaskConfig that `C` derives from.
template <class C>
config::Schema<C>& add_task(config::Schema<C>& schema) {
  const auto of = []<class M>(M TaskConfig::*member) -> M C::* { return member; };
  return schema.one_of("data", of(&TaskConfig::data), data_kinds(), "the images that are learned")
      .integer("skip", of(&TaskConfig::skip), {0, 1000000000},
               "images at the beginning of the training set that are left out")
      .integer("batch", of(&TaskConfig::batch), {1, 1000000}, "images a step")
      .integer("evaluate", of(&TaskConfig::evaluate), {0, 1000000000},
               "steps from one evaluation on the held-out set to the next; 0: only the last step")
      .choice("precision", of(&TaskConfig::precision),
              {{Precision::kFloat32, "float32", "single precision: twice as fast"},
               {Precision::kFloat64, "float64", "double precision: for proofs"}},
              "numbers of networks and their gradients");
}

}  // namespace gbid
