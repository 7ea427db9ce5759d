// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/math/lanes.hpp"
#include "scenarios/bid_matrix/term.hpp"

namespace gbid::bid_matrix {

/// What a Term is given, of eight trials at once; see Columns, Row and Partials.
struct LaneColumns {
  Index agents = 0;
  const WideInMemory* bid_sums = nullptr;
  const WideInMemory* visit_sums = nullptr;
};
struct LaneRow {
  const LaneAgents& agents;
  const WideInMemory *bids = nullptr, *mask = nullptr, *visits = nullptr;
};
struct LanePartials {
  WideInMemory *mask = nullptr, *bids = nullptr, *bid_sums = nullptr, *visits = nullptr,
               *visit_sums = nullptr;
};

/// A term in eight trials; every lane has the bits that the term of its trial gives.
class LaneTerm {
 public:
  virtual ~LaneTerm() = default;
  virtual void prepare(const LaneColumns&) {}
  virtual Wide value(const LaneColumns&, const LaneRow&) = 0;
  virtual void add_partials(const LaneColumns&, const LaneRow&, Wide weight,
                            const LanePartials&) = 0;
};

/// Terms of eight trials asked one after the other: what a term without lanes of its own does.
class TermByTerm final : public LaneTerm {
 public:
  TermByTerm(std::span<Term* const> terms, Index agents);
  void prepare(const LaneColumns&) override;
  Wide value(const LaneColumns&, const LaneRow&) override;
  void add_partials(const LaneColumns&, const LaneRow&, Wide weight, const LanePartials&) override;

 private:
  /// Rows of a trial's term: what it reads, then what it adds to.
  enum : std::size_t {
    kBidSums,
    kVisitSums,
    kBids,
    kMask,
    kVisits,
    kSpare,
    kFirstPartial,
    kRows = 11
  };
  double* row(std::size_t k) { return rows_.row(static_cast<Index>(k)); }
  Columns columns_of(Index lane, const LaneColumns&);
  Row row_of(Index lane, const LaneRow&);

  std::vector<Term*> terms_;  // one a trial
  PaddedMatrix rows_;
};

}  // namespace gbid::bid_matrix
