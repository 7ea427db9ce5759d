// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/routing/network.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "scenarios/routing/shortest_paths.hpp"

namespace gbid::routing {
namespace {

/// The places of the links if they lay by their tail, those of one tail as they were given.
std::vector<std::size_t> by_tail(const std::vector<GivenLink>& links) {
  std::vector<std::size_t> order(links.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return links[a].from < links[b].from; });
  return order;
}

}  // namespace

RoadNetwork::RoadNetwork(Index nodes, Index first_through, std::vector<GivenLink> links,
                         const std::vector<Demand>& demands, double demand_factor,
                         std::vector<Index> names)
    : nodes_(nodes),
      first_through_(static_cast<std::int32_t>(first_through - 1)),
      names_(std::move(names)) {
  // 1. Links by their tail.
  std::vector<std::pair<std::int32_t, std::int32_t>> ends;
  given_.resize(links.size());
  for (const std::size_t k : by_tail(links)) {
    given_[k] = static_cast<LinkId>(ends.size());
    ends.emplace_back(static_cast<std::int32_t>(links[k].from - 1),
                      static_cast<std::int32_t>(links[k].to - 1));
    tail_.push_back(ends.back().first);
    head_.push_back(ends.back().second);
    latencies_.add(links[k].latency);
  }
  graph_ = Graph(boost::edges_are_sorted, ends.begin(), ends.end(), static_cast<std::size_t>(nodes),
                 ends.size());
  // 2. Pairs by their origin; a pair that comes twice is one.
  std::map<std::pair<Index, Index>, std::size_t> known;
  for (const Demand& demand : demands) {
    if (demand.trips <= 0.0 || demand.origin == demand.destination) continue;
    const auto [place, is_new] =
        known.try_emplace({demand.origin, demand.destination}, pairs_.size());
    if (is_new)
      pairs_.push_back({static_cast<std::int32_t>(demand.origin - 1),
                        static_cast<std::int32_t>(demand.destination - 1), 0.0, demand.line});
    pairs_[place->second].trips += demand.trips * demand_factor;
  }
  std::stable_sort(pairs_.begin(), pairs_.end(),
                   [](const Pair& a, const Pair& b) { return a.origin < b.origin; });
  for (std::size_t k = 0; k < pairs_.size(); ++k) {
    if (k == 0 || pairs_[k].origin != pairs_[k - 1].origin)
      first_pair_.push_back(static_cast<Index>(k));
    trips_ += pairs_[k].trips;
  }
  first_pair_.push_back(static_cast<Index>(pairs_.size()));
}

const RoadNetwork::Pair* unreachable_pair(const RoadNetwork& network) {
  ShortestPaths search(network);
  const std::vector<double> cost(static_cast<std::size_t>(network.link_count()), 1.0);
  for (Index origin = 0; origin < network.origin_count(); ++origin) {
    search.from(origin, cost);
    for (Index k = network.first_pair(origin); k < network.first_pair(origin + 1); ++k) {
      const RoadNetwork::Pair& pair = network.pairs()[static_cast<std::size_t>(k)];
      if (!search.has_reached(pair.destination)) return &pair;
    }
  }
  return nullptr;
}

}  // namespace gbid::routing
