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

void PathSet::swap(PathSet& other) noexcept {
  links_.swap(other.links_);
  first_link_.swap(other.first_link_);
  first_path_.swap(other.first_path_);
  flow_.swap(other.flow_);
}

}  // namespace gbid::routing
