// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>
#include <string>

#include "engine/math/m_matrix.hpp"
#include "engine/simulation/state.hpp"
#include "scenarios/bid_matrix/kinds.hpp"

namespace gbid::bid_matrix {

/// Why there is no inter-ranking: the walk from this agent never ends.
std::string endless_walk(Index agent);

/// Inter-ranking: the expected visits of an absorbing walk over the bids, row-normalised.
///   B = (I - W + diag W)^-1,   b = B 1,   Q_kl = B_kl / b_k
/// W (n x n) has non-negative entries and rows that sum to one, so that I - W + diag W is an
/// M-matrix with row sums w = diag W and B >= 0. Q does not depend on W_ii.
///
/// When one row of W changes, B changes by a matrix of rank one (Sherman and Morrison, 1950) and is
/// carried along in two passes over memory: 24 n^2 bytes and 10 n^2 flops, against 2 n^3 flops for
/// a fresh inverse. The second pass is put off until a caller asks for products with the new B, and
/// then takes those products on its way. The update re-imposes a_i B = e_i at every visit of row i,
/// so its error does not grow with the number of steps as long as W_ii stays away from zero; B is
/// nevertheless made afresh every 4 n updates, whenever the moving agent's W_ii is below
/// `kThinSlack` or some b_k was above `kLongestWalk`, and whenever the invariant B w = 1 is off by
/// more than `kAlarm`.
///
/// Same bits for any number of threads. Not for use by two threads at once.
/// Source: PriceOfAnarchy experiment, "Interranking".
class InterRanking {
 public:
  InterRanking() = default;
  /// @param spare (n x n) overwritten by every refresh; must outlive this. Null: a matrix of its
  /// own.
  explicit InterRanking(Index agents, PaddedMatrix* spare = nullptr);

  /// Inverts afresh. @throws NumericError naming the agent whose row is singular.
  void refresh(const PaddedMatrix& bids);

  /// Takes over the rows `agents` of `bids`, the only ones that changed since the last call.
  void replace_rows(const PaddedMatrix& bids, std::span<const Index> agents);

  /// What one agent's other row would make of the rankings, B itself left as it is: its own Q_i.
  /// and the column sums of Q (n, padded). One pass over B, 8 n^2 bytes and 4 n^2 flops. False, and
  /// nothing written, where only a fresh inverse would be exact enough.
  bool look_ahead(const double* row, Index agent, double* visits, double* visit_sums);

  /// The same for whole Q (n x n).
  bool look_ahead(const double* row, Index agent, PaddedMatrix& visits);

  /// Q_k. (n, padded), whether or not an update is pending.
  void visits_row(Index k, double* out) const;
  /// Whole Q (n x n); carries a pending update out first.
  void visits(PaddedMatrix& out);

  /// For every row j: B_j . p, B_j . q and B_jk; p and q are padded with zeros. Carries a pending
  /// update out.
  void products(Index k, const double* p, const double* q);
  const double* dot_p() const { return dot_p_.data(); }
  const double* dot_q() const { return dot_q_.data(); }
  const double* column() const { return column_.data(); }

  /// B itself; carries a pending update out first.
  const PaddedMatrix& inverse();
  const double* row_sums() const { return row_sums_.data(); }               ///< b (n)
  const double* reciprocal_row_sums() const { return reciprocal_.data(); }  ///< 1 / b (n)
  const double* visit_column_sums() const {
    return visit_column_sums_.data();
  }  ///< column sums of Q (n)

  /// What is carried from update to update; and what follows it when it has been loaded.
  void declare(State& state);
  void restore() { column_agent_ = -1; }

  Index agents() const { return agents_; }
  Index refreshes() const { return refreshes_; }

 private:
  friend class LaneInterRanking;
  friend class BidMatrixCard;
  void apply_pending();
  void sum_columns();
  bool invariant_holds(const PaddedMatrix& bids, Index agent) const;
  bool first_pass(const double* row, Index agent);

  /// What follows from another row: B + alpha v^T, and its sums.
  struct Revision {
    explicit Revision(Index length = 0)
        : alpha(length),
          v(length),
          row_sums(length),
          reciprocal(length),
          visit_column_sums(length) {}
    AlignedBuffer alpha, v, row_sums, reciprocal, visit_column_sums;
    double pivot = 0.0;  ///< a_i B_.i / B_ii: what is left of it after cancellation
  };
  bool revise(const double* row, Index agent, Revision& out);

  Index agents_ = 0;
  Index pass_rows_ = 1, blocks_ = 0;  // of B that one task passes over; tasks
  PaddedMatrix inverse_;
  MMatrixWorkspace workspace_;
  PaddedMatrix own_spare_;
  PaddedMatrix* spare_ = nullptr;
  AlignedBuffer row_sums_, visit_column_sums_, reciprocal_;
  AlignedBuffer dot_p_, dot_q_, column_;
  Index column_agent_ = -1;
  // The pending update B += alpha v^T.
  bool pending_ = false;
  AlignedBuffer alpha_, v_, weights_;
  Revision next_;
  PaddedMatrix partial_v_, partial_u_;  // one row per block of rows of B
  Index updates_since_refresh_ = 0;
  Index refreshes_ = 0;
};

}  // namespace gbid::bid_matrix
