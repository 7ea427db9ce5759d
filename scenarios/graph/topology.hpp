// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <compare>
#include <span>
#include <vector>

#include "engine/core/padded_matrix.hpp"

namespace gbid::graph {

/// From one agent to another.
struct Link {
  Index from = 0, to = 0;
  auto operator<=>(const Link&) const = default;
};

/// A directed graph without loops and without double links, as compressed
/// rows. Immutable.
class Topology {
 public:
  Topology() = default;
  /// @param links in any order; loops and repeats are left out. Every agent in [0, agents).
  Topology(Index agents, std::vector<Link> links);

  Index agents() const { return agents_; }
  Index link_count() const { return static_cast<Index>(targets_.size()); }
  /// Whom an agent is linked to, ascending.
  std::span<const Index> targets(Index agent) const {
    return {targets_.data() + first_[static_cast<std::size_t>(agent)],
            targets_.data() + first_[static_cast<std::size_t>(agent) + 1]};
  }
  bool has(Index from, Index to) const;
  bool is_complete() const { return link_count() == agents_ * (agents_ - 1); }

  bool operator==(const Topology&) const = default;

 private:
  Index agents_ = 0;
  std::vector<Index> first_{0};  // (agents + 1)
  std::vector<Index> targets_;
};

}  // namespace gbid::graph
