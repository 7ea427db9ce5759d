// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/routing/config.hpp"
#include "scenarios/routing/latency.hpp"

namespace gbid::routing {

/// Links by their number: 32 bits, because paths are long lists of them.
using LinkId = std::int32_t;

/// A link as it was given; nodes are numbered from 1 on.
struct GivenLink {
  Index from = 0, to = 0;
  Latency latency;
};

/// So many trips from one node to another.
struct Demand {
  Index origin = 0, destination = 0;
  double trips = 0.0;
  Index line = 0;  ///< where it was given, from 1 on
};

/// Directed links with latencies, and the pairs of nodes that people travel between: the agents.
/// Immutable, safe to read from several threads. Inside, nodes count from 0 and links lie by their
/// tail, so that link l is edge l of the graph.
class RoadNetwork {
 public:
  using Graph = boost::compressed_sparse_row_graph<boost::directedS>;

  struct Pair {
    std::int32_t origin = 0, destination = 0;
    double trips = 0.0;
    Index line = 0;
  };

  /// @param first_through nodes before it may begin and end paths, but not be passed.
  /// @param demands of one pair are added up; those without trips and those from a node to itself
  /// are left out. Pairs lie by their origin, in the order in which they came.
  /// @param names of the nodes; empty: their numbers.
  RoadNetwork(Index nodes, Index first_through, std::vector<GivenLink> links,
              const std::vector<Demand>& demands, double demand_factor = 1.0,
              std::vector<Index> names = {});

  Index nodes() const { return nodes_; }
  Index link_count() const { return static_cast<Index>(tail_.size()); }
  Index pair_count() const { return static_cast<Index>(pairs_.size()); }
  Index origin_count() const { return static_cast<Index>(first_pair_.size()) - 1; }

  const Graph& graph() const { return graph_; }
  const Latencies& latencies() const { return latencies_; }
  const std::vector<Pair>& pairs() const { return pairs_; }
  /// Pairs [first_pair(o), first_pair(o + 1)) start from the o-th origin.
  Index first_pair(Index origin) const { return first_pair_[static_cast<std::size_t>(origin)]; }
  double trips() const { return trips_; }

  std::int32_t tail(LinkId link) const { return tail_[static_cast<std::size_t>(link)]; }
  std::int32_t head(LinkId link) const { return head_[static_cast<std::size_t>(link)]; }
  /// What a node was called: its number from 1 on, or its name.
  Index name(std::int32_t node) const {
    return names_.empty() ? Index{node} + 1 : names_[static_cast<std::size_t>(node)];
  }
  /// Whether a path that comes through may go on from here.
  bool may_pass(std::int32_t node) const { return node >= first_through_; }
  /// The link that was given k-th.
  LinkId given(Index k) const { return given_[static_cast<std::size_t>(k)]; }

 private:
  Index nodes_;
  std::int32_t first_through_;
  std::vector<Index> names_;  // (nodes), or none
  Graph graph_;
  Latencies latencies_;
  std::vector<std::int32_t> tail_, head_;  // (links)
  std::vector<LinkId> given_;              // (links)
  std::vector<Pair> pairs_;
  std::vector<Index> first_pair_;  // (origins + 1)
  double trips_ = 0.0;
};

/// "FROM TO: c0 c1 c2 ..." or "FROM TO: bpr t0 b capacity power".
/// @throws DataError: what was expected and what is there.
GivenLink read_link(const std::string& text, Index nodes);
/// "FROM TO: trips". @throws DataError
Demand read_demand(const std::string& text, Index nodes);

/// The first pair without a path; null if there is none.
const RoadNetwork::Pair* unreachable_pair(const RoadNetwork& network);

// The networks that need no files. @throws DataError naming the line of a LinksNetwork.
RoadNetwork make_network(const PigouNetwork&, double demand_factor);
RoadNetwork make_network(const TwoLinkNetwork&, double demand_factor);
RoadNetwork make_network(const BraessNetwork&, double demand_factor);
RoadNetwork make_network(const LinksNetwork&, double demand_factor);
RoadNetwork make_network(const GridNetwork&, double demand_factor);

}  // namespace gbid::routing
