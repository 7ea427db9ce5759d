// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/graph/topology.hpp"

#include <algorithm>

namespace gbid::graph {

Topology::Topology(Index agents, std::vector<Link> links) : agents_(agents) {
  std::erase_if(links, [](const Link& link) { return link.from == link.to; });
  std::sort(links.begin(), links.end());
  links.erase(std::unique(links.begin(), links.end()), links.end());
  first_.assign(static_cast<std::size_t>(agents) + 1, 0);
  targets_.reserve(links.size());
  for (const Link& link : links) {
    ++first_[static_cast<std::size_t>(link.from) + 1];
    targets_.push_back(link.to);
  }
  for (std::size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
}

bool Topology::has(Index from, Index to) const {
  const auto row = targets(from);
  return std::binary_search(row.begin(), row.end(), to);
}

}  // namespace gbid::graph
