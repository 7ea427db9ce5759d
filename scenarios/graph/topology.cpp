// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/graph/topology.hpp"

#include <algorithm>

namespace gbid::graph {

Topology::Topology(Index agents, std::vector<Link> links) : agents_(agents) {
  // 1. Row by row.
  const auto at = [](Index agent) { return static_cast<std::size_t>(agent); };
  first_.assign(at(agents) + 1, 0);
  for (const Link& link : links)
    if (link.from != link.to) ++first_[at(link.from) + 1];
  for (std::size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
  targets_.resize(at(first_.back()));
  std::vector<Index> next(first_.begin(), first_.end() - 1);
  for (const Link& link : links)
    if (link.from != link.to) targets_[at(next[at(link.from)]++)] = link.to;
  // 2. Each ascending, without repeats.
  auto end = targets_.begin();
  for (Index i = 0; i < agents; ++i) {
    const auto begin = targets_.begin() + (i == 0 ? 0 : next[at(i - 1)]),
               last = targets_.begin() + next[at(i)];
    std::sort(begin, last);
    const auto kept = std::unique(begin, last);
    first_[at(i)] = end - targets_.begin();
    end = begin == end ? kept : std::move(begin, kept, end);
  }
  first_.back() = end - targets_.begin();
  targets_.erase(end, targets_.end());
}

bool Topology::has(Index from, Index to) const {
  const auto row = targets(from);
  return std::binary_search(row.begin(), row.end(), to);
}

}  // namespace gbid::graph
