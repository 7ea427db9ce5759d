// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <variant>
#include <vector>

#include "agents/network/activation.hpp"
#include "agents/network/table.hpp"

namespace gbid {

/// Layers of activation(x W + b), the last one without activation; see `Mlp`.
struct MlpKind {
  std::vector<Index> hidden{16};
  Activation activation = Activation::kTanh;
};

/// How weights drawn from truncated normals are scaled, and where biases start.
enum class Init {
  kPublished,  ///< weights of deviation 0.1, biases 0.1
  kScaled,     ///< weights of deviation sqrt(2 / inputs), biases 0
};

/// What a scenario says of an agent's network; sizes of inputs and outputs are the market's.
using NetworkKind = std::variant<Table, MlpKind>;

}  // namespace gbid
