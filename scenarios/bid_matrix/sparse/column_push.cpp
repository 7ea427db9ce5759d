// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/sparse/column_push.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/error.hpp"

namespace gbid::bid_matrix::sparse {
namespace {

// Edges ahead of their use for which memory is asked.
constexpr Index kAhead = 8;

}  // namespace

void ColumnPush::run(const Walks& walks, Index agent, double error) {
  const EdgeGraph& graph = *walks.graph;
  // 1. As before the first run.
  if (entries_.size() != static_cast<std::size_t>(graph.agents)) {
    entries_.assign(static_cast<std::size_t>(graph.agents), {});
    touched_.clear();
  }
  for (const std::int32_t k : touched_) entries_[static_cast<std::size_t>(k)] = {};
  touched_.assign(1, static_cast<std::int32_t>(agent));
  queue_.assign(1, static_cast<std::int32_t>(agent));
  entries_[static_cast<std::size_t>(agent)].residual = 1.0;
  // 2. First in, first out: near agents before far ones.
  const std::int32_t* const sources = graph.in_source.data();
  const Index last = static_cast<Index>(graph.in_source.size()) - 1;
  Index visits = 0;
  for (std::size_t at = 0; at < queue_.size(); ++at) {
    const Index k = queue_[at];
    Entry& here = entries_[static_cast<std::size_t>(k)];
    const double residual = here.residual;
    here.value += residual;
    here.residual = 0.0;
    const Index begin = graph.in_begin(k), end = graph.in_end(k);
    visits += end - begin;
    if (visits > kMostVisits)
      throw NumericError(fmt::format(
          "ranking: walks that end at agent {} pass more than {} bids before the rest of them is "
          "below market.storage.push_error",
          agent, kMostVisits));
    for (Index e = begin; e < end; ++e) {
      const std::int32_t source = sources[e];
      __builtin_prefetch(&entries_[static_cast<std::size_t>(sources[std::min(e + kAhead, last)])]);
      Entry& there = entries_[static_cast<std::size_t>(source)];
      const double before = there.residual, least = error * walks.self[source];
      const double after = before + walks.bids[e] * residual;
      if (before == 0.0 && there.value == 0.0 && after > 0.0) touched_.push_back(source);
      there.residual = after;
      if (before <= least && after > least) queue_.push_back(source);
    }
  }
  // 3. What is left, spread evenly.
  double left = 0.0;
  for (const std::int32_t k : touched_) {
    const Entry& entry = entries_[static_cast<std::size_t>(k)];
    const double t = 1.0 / walks.row_sums[walks.stride * k];
    left += (walks.visits[walks.stride * k] - t) * entry.residual;
  }
  even_ = left / walks.total;
  squares_ = even_ * even_ * walks.squares;
  for (const std::int32_t k : touched_) {
    const double value = entries_[static_cast<std::size_t>(k)].sum(),
                 t = 1.0 / walks.row_sums[walks.stride * k];
    squares_ += value * (value + 2.0 * even_) * t * t;
  }
}

}  // namespace gbid::bid_matrix::sparse
