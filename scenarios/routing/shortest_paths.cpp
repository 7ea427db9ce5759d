// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/routing/shortest_paths.hpp"

#include <algorithm>
#include <functional>

namespace gbid::routing {

ShortestPaths::ShortestPaths(const RoadNetwork& network)
    : network_(network),
      distance_(static_cast<std::size_t>(network.nodes())),
      arrival_(static_cast<std::size_t>(network.nodes())),
      is_destination_(static_cast<std::size_t>(network.nodes())) {
  heap_.reserve(static_cast<std::size_t>(network.link_count()) + 1);
}

void ShortestPaths::from(Index origin, std::span<const double> cost) {
  const RoadNetwork::Graph& graph = network_.graph();
  const Index first = network_.first_pair(origin), last = network_.first_pair(origin + 1);
  const auto& pairs = network_.pairs();
  std::fill(distance_.begin(), distance_.end(), std::numeric_limits<double>::infinity());
  std::fill(is_destination_.begin(), is_destination_.end(), char{0});
  for (Index k = first; k < last; ++k)
    is_destination_[static_cast<std::size_t>(pairs[static_cast<std::size_t>(k)].destination)] = 1;
  Index missing = last - first;
  start_ = pairs[static_cast<std::size_t>(first)].origin;
  distance_[static_cast<std::size_t>(start_)] = 0.0;
  heap_.assign(1, {0.0, start_});
  while (!heap_.empty()) {
    // 1. The nearest node that is left; entries that were bettered since surface too.
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
    const Entry nearest = heap_.back();
    heap_.pop_back();
    const auto node = static_cast<std::size_t>(nearest.node);
    if (nearest.distance > distance_[node]) continue;
    if (is_destination_[node]) {
      is_destination_[node] = 0;
      if (--missing == 0) return;
    }
    if (nearest.node != start_ && !network_.may_pass(nearest.node)) continue;
    // 2. Where its links lead.
    const auto [begin, end] = out_edges(node, graph);
    for (auto edge = begin; edge != end; ++edge) {
      const std::size_t link = get(boost::edge_index, graph, *edge);
      const std::size_t to = target(*edge, graph);
      const double distance = nearest.distance + cost[link];
      ++scanned_;
      if (!(distance < distance_[to])) continue;
      distance_[to] = distance;
      arrival_[to] = static_cast<LinkId>(link);
      heap_.push_back({distance, static_cast<std::int32_t>(to)});
      std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
    }
  }
}

void ShortestPaths::append_path(std::int32_t destination, std::vector<LinkId>& links) const {
  const auto begin = static_cast<std::ptrdiff_t>(links.size());
  for (std::int32_t node = destination; node != start_;) {
    const LinkId link = arrival_[static_cast<std::size_t>(node)];
    links.push_back(link);
    node = network_.tail(link);
  }
  std::reverse(links.begin() + begin, links.end());
}

}  // namespace gbid::routing
