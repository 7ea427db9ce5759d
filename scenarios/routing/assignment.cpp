// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/routing/assignment.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/stepping/blocks.hpp"

namespace gbid::routing {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// Origins are searched in at most so many blocks, each with memory for a search of its own: enough
// for many threads, few enough for large networks.
constexpr Index kMostBlocks = 64;

double path_cost(std::span<const LinkId> links, std::span<const double> cost) {
  double sum = 0.0;
  for (const LinkId link : links) sum += cost[static_cast<std::size_t>(link)];
  return sum;
}

}  // namespace

Assignment::Assignment(std::shared_ptr<const RoadNetwork> network, const Latencies& latencies)
    : network_(std::move(network)),
      latencies_(latencies),
      origins_per_block_(std::max<Index>(1, block_count(network_->origin_count(), kMostBlocks))) {
  const auto links = static_cast<std::size_t>(network_->link_count());
  const auto pairs = static_cast<std::size_t>(network_->pair_count());
  const Index blocks = block_count(network_->origin_count(), origins_per_block_);
  for (Index k = 0; k < blocks; ++k) searches_.emplace_back(*network_);
  found_.resize(static_cast<std::size_t>(network_->origin_count()));
  found_range_.resize(pairs);
  flow_.resize(links);
  cost_.resize(links);
  slope_.resize(links);
  on_path_.resize(links);
  on_cheapest_.resize(links);
  cheapest_.resize(pairs);
  excess_.resize(pairs);
  base_.resize(pairs);
  change_.resize(links);
}

template <class Body>
void Assignment::for_origins(const Body& body) {
  for_blocks(network_->origin_count(), origins_per_block_,
             [&](Index block, Index begin, Index end) {
               for (Index origin = begin; origin < end; ++origin)
                 body(searches_[static_cast<std::size_t>(block)], origin);
             });
}

void Assignment::start(std::span<const std::vector<double>> costs) {
  const double share = 1.0 / static_cast<double>(costs.size());
  std::vector<PathSet> starts(costs.size());
  for (std::size_t k = 0; k < costs.size(); ++k) {
    starts[k].clear();
    std::vector<LinkId> links;
    for (Index origin = 0; origin < network_->origin_count(); ++origin) {
      searches_.front().from(origin, costs[k]);
      for (Index pair = network_->first_pair(origin); pair < network_->first_pair(origin + 1);
           ++pair) {
        links.clear();
        searches_.front().append_path(network_->pairs()[static_cast<std::size_t>(pair)].destination,
                                      links);
        starts[k].add(links, share * network_->pairs()[static_cast<std::size_t>(pair)].trips);
        starts[k].end_pair();
      }
    }
  }
  // The same path from two sets of costs is one path.
  paths_.clear();
  for (Index pair = 0; pair < network_->pair_count(); ++pair) {
    const Index first = paths_.path_count();
    for (const PathSet& start : starts) {
      Index path = first;
      const auto is_same = [&](Index known) {
        return std::equal(paths_.links(known).begin(), paths_.links(known).end(),
                          start.links(pair).begin(), start.links(pair).end());
      };
      while (path < paths_.path_count() && !is_same(path)) ++path;
      if (path == paths_.path_count()) paths_.add(start.links(pair), 0.0);
      paths_.flow(path) += start.flow(pair);
    }
    paths_.end_pair();
    paths_.settle_last_pair(network_->pairs()[static_cast<std::size_t>(pair)].trips);
  }
}

void Assignment::load() {
  // 1. Flows and costs of links.
  std::fill(flow_.begin(), flow_.end(), 0.0);
  for (Index path = 0; path < paths_.path_count(); ++path)
    for (const LinkId link : paths_.links(path))
      flow_[static_cast<std::size_t>(link)] += paths_.flow(path);
  total_cost_ = 0.0;
  for (Index link = 0; link < network_->link_count(); ++link) {
    const auto l = static_cast<std::size_t>(link);
    const Latencies::Point point = latencies_.at(link, flow_[l]);
    cost_[l] = point.value;
    slope_[l] = point.slope;
    total_cost_ += flow_[l] * cost_[l];
  }
  // 2. Every pair's cheapest path, kept if it is cheaper than all that the pair knows. Costs of
  // known paths are added in the order of the search, so that a known path is never found anew.
  for_origins([&](ShortestPaths& search, Index origin) {
    const auto o = static_cast<std::size_t>(origin);
    search.from(origin, cost_);
    found_[o].clear();
    for (Index pair = network_->first_pair(origin); pair < network_->first_pair(origin + 1);
         ++pair) {
      const auto k = static_cast<std::size_t>(pair);
      const std::int32_t destination = network_->pairs()[k].destination;
      cheapest_[k] = search.distance(destination);
      double known = kInfinity, excess = 0.0;
      for (Index path = paths_.first(pair); path < paths_.first(pair + 1); ++path) {
        const double cost = path_cost(paths_.links(path), cost_);
        known = std::min(known, cost);
        excess += paths_.flow(path) * (cost - cheapest_[k]);
      }
      excess_[k] = excess;
      const auto begin = static_cast<Index>(found_[o].size());
      if (cheapest_[k] < known) search.append_path(destination, found_[o]);
      found_range_[k] = {begin, static_cast<Index>(found_[o].size())};
    }
  });
  excess_cost_ = 0.0;
  for (const double excess : excess_) excess_cost_ += excess;
}

void Assignment::cheapest_at(std::span<const double> cost, std::span<double> out) {
  for_origins([&](ShortestPaths& search, Index origin) {
    search.from(origin, cost);
    for (Index pair = network_->first_pair(origin); pair < network_->first_pair(origin + 1); ++pair)
      out[static_cast<std::size_t>(pair)] =
          search.distance(network_->pairs()[static_cast<std::size_t>(pair)].destination);
  });
}

Index Assignment::links_scanned() const {
  Index sum = 0;
  for (const ShortestPaths& search : searches_) sum += search.scanned();
  return sum;
}

}  // namespace gbid::routing
