// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>
#include <vector>

#include "engine/simulation/state.hpp"
#include "scenarios/routing/network.hpp"

namespace gbid::routing {

/// The known paths of all pairs, pair by pair, with the trips on each: one block of links, one of
/// flows. It is filled anew, from the first pair to the last, whenever paths come or go; two sets
/// taken in turn keep their memory, so that nothing is set aside once no more paths come.
class PathSet {
 public:
  Index pair_count() const { return static_cast<Index>(first_path_.size()) - 1; }
  Index path_count() const { return static_cast<Index>(flow_.size()); }
  /// Paths [first(pair), first(pair + 1)) are the pair's.
  Index first(Index pair) const { return first_path_[static_cast<std::size_t>(pair)]; }
  std::span<const LinkId> links(Index path) const {
    const auto p = static_cast<std::size_t>(path);
    return {links_.data() + first_link_[p],
            static_cast<std::size_t>(first_link_[p + 1] - first_link_[p])};
  }
  double flow(Index path) const { return flow_[static_cast<std::size_t>(path)]; }
  double& flow(Index path) { return flow_[static_cast<std::size_t>(path)]; }

  // Filling: clear, then for every pair its paths and end_pair.
  void clear();
  void add(std::span<const LinkId> links, double flow);
  void end_pair() { first_path_.push_back(path_count()); }
  /// Makes the flows of the last pair sum to its trips: the largest takes the rounding.
  void settle_last_pair(double trips);

  void swap(PathSet& other) noexcept;

  void declare(State& state);

 private:
  std::vector<LinkId> links_;
  std::vector<Index> first_link_{0};  // (paths + 1)
  std::vector<Index> first_path_{0};  // (pairs + 1)
  std::vector<double> flow_;
};

}  // namespace gbid::routing
