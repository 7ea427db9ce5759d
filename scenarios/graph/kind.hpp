// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/config/schema.hpp"
#include "engine/random/stream.hpp"
#include "scenarios/graph/config.hpp"
#include "scenarios/graph/topology.hpp"

namespace gbid::graph {

/// Takes a fault of one key of a graph.
using Fail = std::function<void(const char* key, const std::string& message)>;

/// All that there is to know of a kind of graph; the kinds are in kinds.cpp.
template <class Keys>
struct GraphKind {
  std::string name;  ///< market.graph.kind
  std::string help;
  config::Schema<Keys> schema;
  /// About how many links there are among so many agents: exact where nothing is drawn, expected
  /// where links are, and the most there can be for a file.
  double (*expected_links)(const Keys&, Index agents);
  /// The links among so many agents, for which the keys have been checked; repeats and loops are
  /// left out later. Null: the graph is read, not made.
  std::vector<Link> (*links)(const Keys&, Index agents, Stream&) = nullptr;
  bool is_random = false;  ///< whether `links` draws: such a graph differs from trial to trial
  /// Whether `expected_links` is their number in every graph of the kind.
  bool has_fixed_links = false;
  /// Faults of keys that show only with the number of agents; null: there are none.
  void (*check)(const Keys&, Index agents, const Fail&) = nullptr;
};

}  // namespace gbid::graph
