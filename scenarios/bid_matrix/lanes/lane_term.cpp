// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/lanes/lane_term.hpp"

namespace gbid::bid_matrix {
namespace {

void copy_lane(const WideInMemory* from, Index lane, Index count, double* to) {
  for (Index j = 0; j < count; ++j) to[j] = from[j][lane];
}

}  // namespace

std::unique_ptr<LaneTerm> Term::in_lanes(std::span<Term* const> lanes, Index agents) const {
  return std::make_unique<TermByTerm>(lanes, agents);
}

TermByTerm::TermByTerm(std::span<Term* const> terms, Index agents)
    : terms_(terms.begin(), terms.end()), rows_(static_cast<Index>(kRows), agents) {}

Columns TermByTerm::columns_of(Index lane, const LaneColumns& columns) {
  copy_lane(columns.bid_sums, lane, columns.agents, row(kBidSums));
  if (columns.visit_sums) copy_lane(columns.visit_sums, lane, columns.agents, row(kVisitSums));
  return {columns.agents, rows_.stride(), row(kBidSums),
          columns.visit_sums ? row(kVisitSums) : nullptr};
}

Row TermByTerm::row_of(Index lane, const LaneRow& from) {
  const Index n = rows_.columns();
  copy_lane(from.bids, lane, n, row(kBids));
  copy_lane(from.mask, lane, n, row(kMask));
  if (from.visits) copy_lane(from.visits, lane, n, row(kVisits));
  return {from.agents.in(lane), row(kBids), row(kMask), from.visits ? row(kVisits) : nullptr,
          row(kSpare)};
}

void TermByTerm::prepare(const LaneColumns& columns) {
  for (Index lane = 0; lane < static_cast<Index>(terms_.size()); ++lane)
    terms_[static_cast<std::size_t>(lane)]->prepare(columns_of(lane, columns));
}

Wide TermByTerm::value(const LaneColumns& columns, const LaneRow& from) {
  Wide values{};
  for (Index lane = 0; lane < static_cast<Index>(terms_.size()); ++lane)
    values[lane] = terms_[static_cast<std::size_t>(lane)]->value(columns_of(lane, columns),
                                                                 row_of(lane, from));
  return values;
}

void TermByTerm::add_partials(const LaneColumns& columns, const LaneRow& from, Wide weight,
                              const LanePartials& partials) {
  const Index n = columns.agents;
  WideInMemory* const parts[] = {partials.mask, partials.bids, partials.bid_sums, partials.visits,
                                 partials.visit_sums};
  for (Index lane = 0; lane < static_cast<Index>(terms_.size()); ++lane) {
    for (std::size_t k = 0; k < std::size(parts); ++k)
      copy_lane(parts[k], lane, n, row(kFirstPartial + k));
    terms_[static_cast<std::size_t>(lane)]->add_partials(
        columns_of(lane, columns), row_of(lane, from), weight[lane],
        {row(kFirstPartial), row(kFirstPartial + 1), row(kFirstPartial + 2), row(kFirstPartial + 3),
         row(kFirstPartial + 4)});
    for (std::size_t k = 0; k < std::size(parts); ++k)
      for (Index j = 0; j < n; ++j) parts[k][j][lane] = row(kFirstPartial + k)[j];
  }
}

}  // namespace gbid::bid_matrix
