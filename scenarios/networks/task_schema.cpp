// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/networks/task_schema.hpp"

namespace gbid {

std::vector<config::Choice<Init>> init_choices() {
  return {{Init::kScaled, "scaled",
           "weights truncated normal with deviation sqrt(2 / inputs), biases 0"},
          {Init::kPublished, "published", "weights truncated normal 0.1, biases 0.1"}};
}

std::vector<config::Choice<Activation>> batch_activation_choices() {
  return {{Activation::kRelu, "relu", "max(x, 0)"},
          {Activation::kTanh, "tanh", "hyperbolic tangent"},
          {Activation::kIdentity, "identity", "x"}};
}

}  // namespace gbid
