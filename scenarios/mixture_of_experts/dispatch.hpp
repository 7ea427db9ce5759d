// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <vector>

#include "scenarios/mixture_of_experts/shape.hpp"

namespace gbid::mixture_of_experts {

/// Consecutive rows of one seller: what one task computes.
struct RowTask {
  Index seller, begin, end;   ///< rows of the pool
  Index first_run, last_run;  ///< the runs that they fall into, last one excluded
};

/// Consecutive rows of one task that one bidder bought.
struct Run {
  Index bidder, seller, begin, end;
};

/// Which samples go to which seller: the rows that sellers compute, sorted by seller, then bidder,
/// then sample. A sample is sent to a seller if its gate and the bidder's mask are positive; no
/// other row is ever computed.
class Dispatch {
 public:
  explicit Dispatch(const Shape& shape);

  /// @param samples per bidder. @param chosen (bidders x batch x top_k) sellers, gates beside them.
  /// @param mask (bidders x sellers).
  template <class T>
  void route(const std::vector<Index>& samples, const std::vector<Index>& chosen,
             const Buffer<T>& gates, const std::vector<T>& mask);

  Index rows() const { return offsets_.back(); }
  Index begin(Index seller) const { return offsets_[static_cast<std::size_t>(seller)]; }
  Index end(Index seller) const { return offsets_[static_cast<std::size_t>(seller) + 1]; }
  Index rows(Index seller) const { return end(seller) - begin(seller); }
  /// Slot (bidder x batch x top_k) that a row serves.
  Index slot(Index row) const { return slots_[static_cast<std::size_t>(row)]; }
  /// Row that serves a slot; -1 if none does.
  Index row(Index slot) const { return rows_[static_cast<std::size_t>(slot)]; }
  /// Sample (bidder x batch) of a row.
  Index sample(Index row) const { return slot(row) / top_k_; }
  /// Whether the seller's rows are consecutive samples, so that its input needs no gathering.
  bool is_consecutive(Index seller) const { return consecutive_[static_cast<std::size_t>(seller)]; }

  const std::vector<RowTask>& tasks() const { return tasks_; }
  /// In the order of rows: by seller, then bidder.
  const std::vector<Run>& runs() const { return runs_; }
  /// Pairs of a bidder and a seller with a row between them.
  Index deals() const { return deals_; }
  static Index most_runs(const Shape& shape);

 private:
  Index bidders_, sellers_, batch_, top_k_;
  std::vector<Index> offsets_, next_, slots_, rows_;
  std::vector<char> consecutive_;
  std::vector<RowTask> tasks_;
  std::vector<Run> runs_;
  Index deals_ = 0;
};

}  // namespace gbid::mixture_of_experts
