// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <vector>

#include "scenarios/networks/task_config.hpp"
#include "scenarios/structure/entry.hpp"

namespace gbid::layered_flow {

/// From a neuron's raw flows f_j to the shares F_j that it bids on its inputs.
enum class Squash {
  kL1,       ///< f / sum |f|
  kSoftmax,  ///< e^f / sum e^f
};

/// What is done to a mask before it multiplies the weights.
enum class Scale {
  kNone,        ///< as it is: entries of about one over the number of inputs
  kKeepSignal,  ///< times sqrt(inputs) / l2 norm of the neuron's mask: mean square one
};

struct FlowsConfig {
  Squash squash = Squash::kL1;
  double spread = 0.1;  ///< standard deviation that flows start with
  Scale scale = Scale::kNone;
};

/// payoff = sum of coefficient x term.
struct PayoffConfig {
  double loss = -1.0;
  double flow = -1e-5;
};

struct MarketConfig : TaskConfig {
  std::vector<Index> hidden{256, 256};
  Activation activation = Activation::kRelu;
  Init init = Init::kScaled;
  FlowsConfig flows;
  PayoffConfig payoff;
};

/// What the registry knows of this kind of market; in structure.cpp.
EntryOf<MarketConfig> entry();

}  // namespace gbid::layered_flow
