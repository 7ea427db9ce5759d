// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "engine/random/stream.hpp"
#include "engine/schedule/movers.hpp"

namespace gbid {

/// All agents move at once, from the same state.
struct AllAgents {
  bool operator==(const AllAgents&) const = default;
};
/// One agent per step, drawn uniformly with replacement.
struct OneRandom {
  bool operator==(const OneRandom&) const = default;
};
/// Agent s mod n moves in step s.
struct RoundRobin {
  bool operator==(const RoundRobin&) const = default;
};
/// `size` different agents per step, drawn uniformly.
struct RandomSubset {
  Index size = 1;
  bool operator==(const RandomSubset&) const = default;
};
/// A given sequence: agent sequence[s] moves in step s.
struct GivenMovers {
  std::shared_ptr<const std::vector<Index>> sequence;
};

using Schedule = std::variant<AllAgents, OneRandom, RoundRobin, RandomSubset, GivenMovers>;

/// How many agents move in one step of a schedule over `agents`.
Index movers_per_step(const Schedule& schedule, Index agents);

/// Which agents move in which step. The movers of a step depend on the step alone, so any step may be asked for in
/// any order. Allocates nothing after construction.
class MoverSequence {
 public:
  MoverSequence(const Schedule& schedule, Index agents, const StreamKey& key);

  /// The movers of `step`; valid until the next call but one.
  Movers at(Index step);

 private:
  Schedule schedule_;
  Index agents_;
  Stream stream_;
  std::vector<Index> everyone_;
  std::vector<Index> drawn_[2];  // the movers of an even and an odd step
};

}  // namespace gbid
