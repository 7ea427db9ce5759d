// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>

#include "engine/core/padded_matrix.hpp"

namespace gbid {

/// The agents of one trial that move in a step, ascending and without repeats.
struct Movers {
  std::span<const Index> agents;
  bool is_everyone = false;  ///< all agents of the market
  Index group = 0;           ///< that they belong to, of all groups of the regime
  Index clock = 1;           ///< steps of its stage so far, this one included

  Index count() const { return static_cast<Index>(agents.size()); }
};

/// The movers of every trial of a block; none in a trial that has ended.
using BlockMovers = std::span<const Movers>;

}  // namespace gbid
