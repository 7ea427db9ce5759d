// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "engine/core/padded_matrix.hpp"

namespace gbid::bid_matrix {

/// What all agents see of the market after clearing. All rows are padded with zeros.
struct Columns {
  Index agents = 0;
  Index stride = 0;
  const double* bid_sums = nullptr;  ///< column sums of W (n)
  const double* visit_sums =
      nullptr;  ///< column sums of Q (n); null when nothing asked for the inter-ranking
};

/// One agent's row of every matrix. All rows are padded with zeros.
struct Row {
  Index agent = 0;
  const double* bids = nullptr;    ///< W_i (n)
  const double* mask = nullptr;    ///< M_i (n)
  const double* visits = nullptr;  ///< Q_i (n); null when nothing asked for the inter-ranking
  double* scratch = nullptr;       ///< (n) for the term's own use
};

/// Where a term adds its partial derivatives, one array (n, padded) for each thing it can depend
/// on. A term is a function of the agent's own rows and of the column sums, T_i = F_i(M_i, W_i,
/// 1'W, Q_i, 1'Q): that is all that the market needs to know to give the gradient of own payoffs
/// and of the common payoff alike.
struct Partials {
  double* mask = nullptr;        ///< dT_i / dM_ij
  double* bids = nullptr;        ///< dT_i / dW_ij
  double* bid_sums = nullptr;    ///< dT_i / d(column sum j of W)
  double* visits = nullptr;      ///< dT_i / dQ_ij
  double* visit_sums = nullptr;  ///< dT_i / d(column sum j of Q)
};

/// What a row is between, entry by entry (n).
struct RowRange {
  const double *low = nullptr, *high = nullptr;
};

/// What a term is a function of, each between two rows.
struct Ranges {
  Index agents = 0;
  Index agent = 0;
  RowRange mask, bids, bid_sums, visits, visit_sums;  ///< the latter two null as in Columns
};

/// By how much of itself a bound is moved outward for rounding, u = 2^-53 = 1.1e-16 an operation. An
/// entry of an inverse without subtractions is exact to 2 n^3 u (Alfa, Xue and Ye, "Accurate
/// computation of the smallest eigenvalue of a diagonally dominant M-matrix", 2002) and a sum of n^2
/// parts to n^2 u of their absolute sum; all other bounds are a few operations on numbers of one
/// sign. 2 n^3 u < 1e-12 up to n = 16, and branch and bound ends long before.
inline constexpr double kOutward = 1e-12;

/// Between two numbers.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

class LaneTerm;
struct CardTerm;

/// One summand of the payoff; see terms/registry.hpp for what else a term declares.
class Term {
 public:
  virtual ~Term() = default;
  /// Takes what is common to all agents from the column sums; called once per clearing before the
  /// others.
  virtual void prepare(const Columns&) {}
  /// T_i; safe to call for different agents at once.
  virtual double value(const Columns&, const Row&) const = 0;
  /// Adds weight x dT_i to the partials; safe to call for different agents at once.
  virtual void add_partials(const Columns&, const Row&, double weight, const Partials&) const = 0;
  /// What T_i is between, for all arguments in these ranges; unbounded where that is not known. The
  /// narrower the ranges, the narrower it should be: bounds of best responses follow from it.
  /// Exact but for `kOutward` of its ends; sums of parts of both signs are wider by that of each.
  virtual Range range(const Ranges&) const { return {}; }
  /// The same term of several trials at once. By default one is asked after the other; a term of its
  /// own here must give the same bits. @param lanes the term in every trial, of
  /// this kind all; at most kWideLanes.
  virtual std::unique_ptr<LaneTerm> in_lanes(std::span<Term* const> lanes, Index agents) const;
  /// What a card needs to compute the term: fills `out`, may scale the term's weights (n), and adds
  /// its numbers to a trial's constants, equally many in every trial. False: cards do not compute it.
  virtual bool on_card(CardTerm& /*out*/, std::span<double> /*weights*/,
                       std::vector<double>& /*constants*/) const {
    return false;
  }
};

}  // namespace gbid::bid_matrix
