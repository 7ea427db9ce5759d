// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>

#include "engine/core/padded_matrix.hpp"

namespace gbid {

/// The agents that move in a step, ascending and without repeats.
struct Movers {
  std::span<const Index> agents;
  bool is_everyone = false;

  Index count() const { return static_cast<Index>(agents.size()); }
};

}  // namespace gbid
