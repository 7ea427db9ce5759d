// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <limits>
#include <span>
#include <vector>

#include "scenarios/routing/network.hpp"

namespace gbid::routing {

/// The cheapest paths from an origin to the destinations of its pairs, at given costs of links:
/// Dijkstra's algorithm over the graph's compressed rows.
///
/// The search is written here because it must do three things that Boost's does not do together:
/// set nothing aside from one search to the next, end when the last destination has been reached,
/// and not pass through zones. Among paths of one cost, which one is found depends on the network
/// alone. One object serves one thread.
/// Source: Dijkstra, 1959; a binary heap in which old entries stay until they surface.
class ShortestPaths {
 public:
  explicit ShortestPaths(const RoadNetwork& network);

  /// @param cost (link), >= 0.
  void from(Index origin, std::span<const double> cost);

  bool has_reached(std::int32_t node) const {
    return distance_[static_cast<std::size_t>(node)] < std::numeric_limits<double>::infinity();
  }
  /// Cost of the path to a destination of that origin: its links' costs, added from the origin on.
  double distance(std::int32_t node) const { return distance_[static_cast<std::size_t>(node)]; }
  /// Appends the links of that path, in the order in which they are travelled.
  void append_path(std::int32_t destination, std::vector<LinkId>& links) const;

  /// Links that all searches so far have looked at.
  Index scanned() const { return scanned_; }

 private:
  struct Entry {
    double distance;
    std::int32_t node;
    bool operator>(const Entry& other) const {
      return distance > other.distance || (distance == other.distance && node > other.node);
    }
  };

  const RoadNetwork& network_;
  std::vector<double> distance_;      // (node)
  std::vector<LinkId> arrival_;       // (node), the last link of the path
  std::vector<char> is_destination_;  // (node), of pairs that are still to be reached
  std::vector<Entry> heap_;
  std::int32_t start_ = 0;
  Index scanned_ = 0;
};

}  // namespace gbid::routing
