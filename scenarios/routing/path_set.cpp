// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/routing/path_set.hpp"

#include <algorithm>

namespace gbid::routing {

void PathSet::clear() {
  links_.clear();
  first_link_.assign(1, 0);
  first_path_.assign(1, 0);
  flow_.clear();
}

void PathSet::add(std::span<const LinkId> links, double flow) {
  links_.insert(links_.end(), links.begin(), links.end());
  first_link_.push_back(static_cast<Index>(links_.size()));
  flow_.push_back(flow);
}

void PathSet::settle_last_pair(double trips) {
  const auto begin = flow_.begin() + first_path_[first_path_.size() - 2];
  const auto largest = std::max_element(begin, flow_.end());
  double others = 0.0;
  for (auto flow = begin; flow != flow_.end(); ++flow)
    if (flow != largest) others += *flow;
  *largest = trips - others;
}

void PathSet::declare(State& state) {
  const auto spec = [](const char* name, const char* help, const char* dimension, Role role) {
    return ArraySpec{{name, help, "1", {dimension}}, role};
  };
  state.add(spec("path_links", "links of all paths", "path_link", Role::kCarried), links_);
  state.add(spec("first_link", "where a path's links begin", "path", Role::kCarried), first_link_);
  state.add(spec("first_path", "where a pair's paths begin", "agent", Role::kCarried), first_path_);
  state.add(spec("path_flow", "trips on the path", "path", Role::kParameter), flow_);
}

void PathSet::swap(PathSet& other) noexcept {
  links_.swap(other.links_);
  first_link_.swap(other.first_link_);
  first_path_.swap(other.first_path_);
  flow_.swap(other.flow_);
}

}  // namespace gbid::routing
