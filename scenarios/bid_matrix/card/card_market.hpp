// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// One market on a device: clearing, gradients, learning and the movers of as many steps as are wanted,
// by a group of threads that share its board. The formulas are those of BidMatrixGame, see
// ../gradients.cpp and ../interranking.hpp; sums are taken by each thread that needs one, over all
// entries in order, so that neither the number of threads nor the markets beside it change a bit.
//
// Everything is written as `each`: something for every entry of a row or a matrix, in any order,
// after which all threads see what was written. On the CPU a group is one thread, and these are
// plain loops.
#pragma once

#include <Random123/philox.h>

#include <cmath>

#include "scenarios/bid_matrix/card/card_board.hpp"

namespace gbid::bid_matrix {

/// One market being played. Group: `each(count, f)` and `each_pair(n, f)` call f for all entries,
/// `any(b)` is whether b holds in some market of the threads that run side by side.
/// kSize: a bound on the number of agents up to which loops run, over zeros behind the last agent; 0:
/// the number itself.
template <class Group, int kSize = 0>
class CardMarket {
 public:
  /// @param constants, rates of the trial, and of all. @param trial for its movers.
  GBID_CARD CardMarket(const Group& group, const CardGame& game, const CardShape& shape,
                       const CardBoard& board, const double* constants, const double* rates,
                       std::uint64_t trial)
      : group_(group),
        game_(game),
        b_(board),
        n_(game.agents),
        stride_(shape.stride),
        has_tables_(shape.has_tables),
        constants_(constants),
        rates_(rates),
        trial_(trial) {
    if (shape.constant_count == 0) return;
    group_.each(shape.constant_count, [&](int k) { b_.constants[k] = constants[k]; });
    constants_ = b_.constants;
  }

  /// Plays the steps. @param state of the trial, copied to the board: raw bids and moments only
  /// where the board has them.
  GBID_CARD void play(const double* state, std::int64_t step, std::int64_t steps) {
    load(state);
    for (const std::int64_t end = step + steps; step < end; ++step) {
      const int mover = next_mover(step);
      const double rate = rate_of(step + 1);  // early: it lies far away
      if (game_.has_one_mover() && !game_.is_common) {
        own_gradient(mover);
      } else {
        prepare_rankings();
        if (game_.is_common)
          common_gradient();
        else
          own_gradients();
        if (game_.has_one_mover()) copy_gradient(mover);
      }
      if (game_.has_one_mover()) {
        learn_row(mover, rate);
        clear_row(mover);
      } else {
        learn_all(rate);
        clear_all();
      }
    }
  }

  GBID_CARD bool has_failed() const { return has_failed_; }

  /// The state after the last step. @param write calls a function for so many entries.
  template <class Write>
  GBID_CARD void store(double* state, const Write& write) const {
    const CardState at(n_);
    write(n_ * n_, [&](int k) {
      if (has_tables_) {
        state[at.raw() + k] = b_.raw[k];
        state[at.moment(0) + k] = b_.first[k];
        state[at.moment(1) + k] = b_.second[k];
      }
      state[at.inverse() + k] = b_.inverse[k / n_ * stride_ + k % n_];
    });
    write(n_, [&](int j) {
      state[at.bid_sums() + j] = b_.sums[j];
      state[at.updates() + j] = b_.updates[j];
      if (j > 0) return;
      state[at.rows_since_sums()] = rows_since_sums_;
      state[at.updates_since_refresh()] = updates_since_refresh_;
      state[at.refreshes()] = refreshes_;
    });
  }

 private:
  struct Parts {  // of one term or of all, with respect to what a term is a function of
    double mask = 0.0, bids = 0.0, bid_sums = 0.0, visits = 0.0, visit_sums = 0.0;
  };

  GBID_CARD int size() const { return kSize > 0 ? kSize : n_; }
  GBID_CARD double& bid(int i, int j) const { return b_.bids[i * stride_ + j]; }
  GBID_CARD double& inverse(int i, int j) const { return b_.inverse[i * stride_ + j]; }
  GBID_CARD double visit(int i, int j) const { return inverse(i, j) * b_.reciprocal[i]; }
  GBID_CARD double shift(int j) const {
    return game_.shift_moves ? b_.sums[j] * game_.share : game_.shift;
  }

  template <class Entry>
  GBID_CARD double sum(const Entry& entry) const {
    double total = 0.0;
    GBID_CARD_UNROLL
    for (int k = 0; k < size(); ++k) total += entry(k);
    return total;
  }

  // --- Bids ---------------------------------------------------------------------------------------

  /// s, plus zero where the raw bid is finite.
  GBID_CARD double squash(double raw, double highest) const {
    const double not_a_number_unless_finite = 0.0 * raw;
    switch (game_.squash) {
      case Squash::kClip:
        return (raw > 1.0 ? 1.0 : raw > 0.0 ? raw : 0.0) + not_a_number_unless_finite;
      case Squash::kSoftmax:
        return std::exp(raw - highest) + not_a_number_unless_finite;
      default: {
        const double inverse = 1.0 + std::exp(-raw);
        constexpr double kHuge = 1e300;  // has no quick reciprocal
        return (inverse < kHuge ? card_reciprocal(inverse) : 1.0 / inverse) +
               not_a_number_unless_finite;
      }
    }
  }
  /// Of an agent's raw bids; only the softmax needs it.
  GBID_CARD double highest(int i) const {
    if (game_.squash != Squash::kSoftmax) return 0.0;
    double most = b_.raw[i * n_];
    for (int k = 1; k < n_; ++k) most = b_.raw[i * n_ + k] > most ? b_.raw[i * n_ + k] : most;
    return most;
  }
  GBID_CARD void check_total(double total) {
    has_failed_ = has_failed_ || !(total > 0.0 && card_is_finite(total));
  }

  GBID_CARD double mask_of(double x) const {
    const double positive = x > 0.0 ? x : 0.0;
    switch (game_.mask) {
      case Mask::kHard:
        return kHardGain * positive < 1.0 ? kHardGain * positive : 1.0;
      case Mask::kSigmoid:
        return card_reciprocal(1.0 + std::exp(-x));
      case Mask::kRelu6:
        return positive < kRelu6Top ? positive : kRelu6Top;
      default:
        return positive;
    }
  }
  GBID_CARD double slope_of(double x) const {
    switch (game_.mask) {
      case Mask::kHard:
        return x > 0.0 && !(kHardGain * x > 1.0) ? kHardGain : 0.0;
      case Mask::kSigmoid: {
        const double m = mask_of(x);
        return m * (1.0 - m);
      }
      case Mask::kRelu6:
        return x > 0.0 && x < kRelu6Top ? 1.0 : 0.0;
      default:
        return x > 0.0 ? 1.0 : 0.0;
    }
  }

  /// d objective / d raw bid from those of an agent's shares. @param mean sum_j g_j W_ij.
  GBID_CARD double pull_back(int i, int j, double gradient, double mean) const {
    const double w = bid(i, j);
    switch (game_.squash) {
      case Squash::kClip: {
        const double raw = b_.raw[i * n_ + j];
        return raw < 0.0 || raw > 1.0
                   ? 0.0
                   : (gradient - (w > 0.0 ? mean : 0.0)) * card_reciprocal(b_.totals[i]);
      }
      case Squash::kSoftmax:
        return w * (gradient - mean);
      default:
        return w * (1.0 - w * b_.totals[i]) * (gradient - mean);
    }
  }

  // --- Terms --------------------------------------------------------------------------------------

  /// What a ranking takes from the column sums, see Ranking::prepare. The extreme is the minimum, or
  /// under the softmax the maximum.
  enum Prepared { kSlope, kExtreme, kTies, kMagnitudes };

  GBID_CARD const double* sums_of(const CardTerm& term) const {
    return term.source == Source::kBids ? b_.sums : b_.visit_sums;
  }

  GBID_CARD void prepare_rankings() {
    if (!game_.has_ranking) return;
    group_.each(game_.term_count, [&](int k) {
      if (game_.terms[k].kind == CardTerm::kRanking)
        prepare(game_.terms[k], b_.prepared + CardShape::kPrepared * k);
    });
  }
  GBID_CARD void prepare(const CardTerm& term, double* out) const {
    const double *c = sums_of(term), *factors = constants_ + term.factors;
    const bool is_softmax = term.normalise == Normalise::kSoftmax;
    double extreme = c[0];
    for (int k = 1; k < n_; ++k)
      if (is_softmax ? c[k] > extreme : c[k] < extreme) extreme = c[k];
    if (term.normalise == Normalise::kL1) extreme = 0.0;
    double total = 0.0, whole = 0.0, ties = 0.0, magnitudes = 0.0;
    for (int k = 0; k < n_; ++k) {
      total += is_softmax ? std::exp(c[k] - extreme) : std::fabs(factors[k] * (c[k] - extreme));
      whole += std::fabs(factors[k] * c[k]);
      magnitudes += std::fabs(factors[k]);
      if (term.normalise == Normalise::kMinmax && c[k] == extreme) ties += 1.0;
    }
    const bool is_defined = is_softmax || total > kLeastSpread * whole;
    out[kSlope] = is_defined ? 1.0 / total : std::nan("");
    out[kExtreme] = extreme;
    out[kTies] = ties;
    out[kMagnitudes] = magnitudes;
  }

  /// d R_i / d (column sum l); see Ranking::add_partials.
  GBID_CARD double ranking_part(const CardTerm& term, const double* known, int i, int l) const {
    const double *c = sums_of(term), *factors = constants_ + term.factors;
    const double slope = known[kSlope], extreme = known[kExtreme];
    if (term.normalise == Normalise::kSoftmax) {
      const double own = factors[i] * std::exp(c[i] - extreme) * slope;
      return (i == l ? own : 0.0) - own * std::exp(c[l] - extreme) * slope;
    }
    const double share = factors[i] * (c[i] - extreme) * slope;
    double part = (i == l ? factors[i] : 0.0) - share * std::fabs(factors[l]);
    if (known[kTies] > 0.0 && c[l] == extreme)
      part += (share * known[kMagnitudes] - factors[i]) / known[kTies];
    return part * slope;
  }

  /// The partial derivatives of agent i's objective at entry l. @param masks of the agent (n), of a
  /// quadratic utility. @param skips terms of no weight, even where they are not finite.
  GBID_CARD Parts parts(int i, int l, const double* masks, bool skips) const {
    Parts sum;
    for (int k = 0; k < game_.term_count; ++k) {
      const CardTerm& term = game_.terms[k];
      const double weight = constants_[term.weights + i];
      if (skips && weight == 0.0) continue;
      switch (term.kind) {
        case CardTerm::kLinearUtility:
          sum.mask += weight * constants_[term.matrix + i * n_ + l];
          break;
        case CardTerm::kQuadraticUtility: {
          const double* h = constants_ + term.matrix + (term.has_matrix_each ? i * n_ * n_ : 0) + l;
          double total = 0.0;
          for (int j = 0; j < n_; ++j) total += h[j * n_] * masks[j];
          sum.mask += weight * total;
          break;
        }
        case CardTerm::kEmission:
          if (i != l) break;
          sum.visits += weight * bid(i, i);
          sum.bids += weight * visit(i, i);
          break;
        case CardTerm::kRanking: {
          const double part =
              weight * ranking_part(term, b_.prepared + CardShape::kPrepared * k, i, l);
          (term.source == Source::kBids ? sum.bid_sums : sum.visit_sums) += part;
          break;
        }
        case CardTerm::kDivergence: {
          const double minus_mean = -weight * game_.share;
          const bool is_bids = term.source == Source::kBids;
          const double entry = is_bids ? bid(i, l) : visit(i, l);
          const double own = minus_mean * sums_of(term)[l] * card_reciprocal(entry);
          const double shared = minus_mean * std::log(entry);
          (is_bids ? sum.bids : sum.visits) += own;
          (is_bids ? sum.bid_sums : sum.visit_sums) += shared;
          break;
        }
      }
    }
    return sum;
  }

  // --- Gradients ----------------------------------------------------------------------------------

  /// Of one agent's own payoff: x becomes d payoff / d shares but for a part proportional to the row
  /// sums, tau.
  GBID_CARD void own_gradient(int i) {
    prepare_rankings();
    if (game_.has_quadratic)
      group_.each(n_, [&](int j) { b_.work[j] = mask_of(bid(i, j) - shift(j)); });
    group_.each(n_, [&](int j) {
      const Parts d = parts(i, j, b_.work, false);
      b_.x[j] = d.bids + d.bid_sums + d.mask * slope_of(bid(i, j) - shift(j)) * game_.feedback;
      b_.p[j] = d.visits;
      b_.q[j] = d.visit_sums;
    });
    tau_ = 0.0;
    if (!game_.has_interranking) {
      group_.each(n_, [&](int j) { b_.v[j] = b_.x[j] * bid(i, j); });
      mean_ = sum([&](int k) { return b_.v[k]; });
      return;
    }
    const double own_visits = visit(i, i), visits_sum = b_.visit_sums[i];
    group_.each(n_, [&](int j) {
      double dot_p = 0.0, dot_q = 0.0;
      GBID_CARD_UNROLL
      for (int l = 0; l < size(); ++l) {
        const double entry = inverse(j, l);
        dot_p += entry * b_.p[l];
        dot_q += entry * b_.q[l];
      }
      const double column = inverse(j, i), t = b_.reciprocal[j];
      b_.column[j] = column;
      b_.dot_p[j] = dot_p;
      b_.kappa[j] = column * t * (dot_q * t);
      if (j != i) b_.x[j] += own_visits * dot_p + visits_sum * dot_q;
      b_.v[j] = b_.x[j] * bid(i, j);
    });
    double kappa = 0.0, mean = 0.0;
    GBID_CARD_UNROLL
    for (int k = 0; k < size(); ++k) kappa += b_.kappa[k], mean += b_.v[k];
    tau_ = own_visits * b_.dot_p[i] * b_.reciprocal[i] + kappa;
    // The bids on others times the row sums are b_i - 1: row i of (I - W + diag W) b = 1.
    mean_ = mean - tau_ * (b_.row_sums[i] - 1.0);
  }
  GBID_CARD double gradient_entry(int i, int j) const {
    const double others = j == i ? 0.0 : tau_ * b_.row_sums[j];
    return pull_back(i, j, b_.x[j] - others, mean_);
  }
  /// One agent's row of `out`, as own_gradient leaves it.
  GBID_CARD void copy_gradient(int i) {
    tau_ = 0.0;
    group_.each(n_, [&](int j) {
      b_.x[j] = b_.out[i * stride_ + j];
      if (game_.has_interranking) b_.column[j] = inverse(j, i);
    });
    mean_ = sum([&](int k) { return b_.x[k] * bid(i, k); });
  }

  GBID_CARD void all_masks() {
    if (!game_.has_quadratic) return;
    group_.each_pair(
        n_, [&](int i, int j) { b_.masks[i * stride_ + j] = mask_of(bid(i, j) - shift(j)); });
  }
  GBID_CARD const double* masks_of(int i) const {
    return game_.has_quadratic ? b_.masks + i * stride_ : nullptr;
  }

  /// Of all agents' own payoffs, d payoff_i / d W_ij in `out`.
  GBID_CARD void own_gradients() {
    all_masks();
    if (game_.has_interranking)
      group_.each_pair(n_, [&](int i, int l) {  // Q'Q
        double total = 0.0;
        GBID_CARD_UNROLL
        for (int k = 0; k < size(); ++k) {
          const double t = b_.reciprocal[k];
          total += (inverse(k, i) * t) * (inverse(k, l) * t);
        }
        b_.t[i * stride_ + l] = total;
      });
    group_.each_pair(n_, [&](int i, int l) {
      const Parts d = parts(i, l, masks_of(i), true);
      const int at = i * stride_ + l;
      b_.out[at] = d.bids + d.bid_sums + d.mask * slope_of(bid(i, l) - shift(l)) * game_.feedback;
      if (!game_.has_interranking) return;
      const double own_visits = visit(i, i);
      b_.z[at] = own_visits * d.visits + b_.visit_sums[i] * d.visit_sums;
      b_.t[at] = own_visits * d.visits * visit(i, l) + b_.t[at] * d.visit_sums;
    });
    if (!game_.has_interranking) return;
    group_.each(n_, [&](int i) { b_.work[i] = sum([&](int l) { return b_.t[i * stride_ + l]; }); });
    group_.each_pair(n_, [&](int i, int j) {
      if (i == j) return;
      double back = 0.0;
      GBID_CARD_UNROLL
      for (int l = 0; l < size(); ++l) back += b_.z[i * stride_ + l] * inverse(j, l);
      b_.out[i * stride_ + j] += b_.row_sums[j] * (back * b_.reciprocal[j] - b_.work[i]);
    });
  }

  /// Of one objective of all agents.
  GBID_CARD void common_gradient() {
    all_masks();
    // What the column sums bring is summed up over agents.
    group_.each(n_, [&](int l) {
      double bid_sums = 0.0, visit_sums = 0.0;
      for (int i = 0; i < n_; ++i) {
        const Parts d = parts(i, l, masks_of(i), true);
        const double through_mask = d.mask * slope_of(bid(i, l) - shift(l));
        b_.out[i * stride_ + l] = d.bids + through_mask;
        b_.z[i * stride_ + l] = d.visits;
        bid_sums += d.bid_sums;
        if (game_.shift_moves) bid_sums -= through_mask * (1.0 - game_.feedback);
        visit_sums += d.visit_sums;
      }
      b_.p[l] = bid_sums;
      b_.q[l] = visit_sums;
    });
    group_.each_pair(n_, [&](int i, int j) { b_.out[i * stride_ + j] += b_.p[j]; });
    if (!game_.has_interranking) return;
    group_.each(n_, [&](int k) {
      b_.work[k] = b_.reciprocal[k] *
                   sum([&](int l) { return (b_.z[k * stride_ + l] + b_.q[l]) * inverse(k, l); });
    });
    group_.each_pair(n_, [&](int k, int l) {
      double& entry = b_.z[k * stride_ + l];
      entry = (entry + b_.q[l] - b_.work[k]) * b_.reciprocal[k];
    });
    group_.each_pair(n_, [&](int k, int j) {
      b_.t[k * stride_ + j] = sum([&](int l) { return b_.z[k * stride_ + l] * inverse(j, l); });
    });
    group_.each_pair(n_, [&](int i, int j) {
      if (i == j) return;
      b_.out[i * stride_ + j] += sum([&](int k) { return inverse(k, i) * b_.t[k * stride_ + j]; });
    });
  }

  // --- Learning -----------------------------------------------------------------------------------

  GBID_CARD double rate_of(std::int64_t count) const {
    return rates_[(count < game_.rate_count ? count : game_.rate_count) - 1];
  }
  /// Of an agent that has moved so often before. @param shared of the clock that all share.
  GBID_CARD double own_rate(double updates, double shared) const {
    return game_.has_own_clock ? rate_of(static_cast<std::int64_t>(updates) + 1) : shared;
  }
  /// @param at of the parameter.
  GBID_CARD void update(int at, double gradient, double step) const {
    double change = gradient;
    if (game_.learner == CardLearner::kMomentum) {
      change = game_.keep1 * b_.first[at] + gradient;
      b_.first[at] = change;
    } else if (game_.learner == CardLearner::kAdam) {
      const double m = b_.first[at] + (gradient - b_.first[at]) * game_.keep1;
      const double v = b_.second[at] + (gradient * gradient - b_.second[at]) * game_.keep2;
      b_.first[at] = m;
      b_.second[at] = v;
      change = m * card_reciprocal(card_square_root(v) + game_.epsilon);
    }
    b_.raw[at] += step * change;
  }

  GBID_CARD void learn_row(int i, double rate) {
    const double step = own_rate(b_.updates[i], rate);
    group_.each(n_, [&](int j) {
      update(i * n_ + j, gradient_entry(i, j), step);
      if (game_.squash != Squash::kSoftmax) b_.work[j] = squash(b_.raw[i * n_ + j], 0.0);
    });
    if (game_.squash == Squash::kSoftmax) {
      const double most = highest(i);
      group_.each(n_, [&](int j) { b_.work[j] = squash(b_.raw[i * n_ + j], most); });
    }
  }

  GBID_CARD void learn_all(double rate) {
    group_.each(n_, [&](int i) {
      b_.work[i] = sum([&](int j) { return b_.out[i * stride_ + j] * bid(i, j); });
    });
    group_.each_pair(n_, [&](int i, int j) {
      update(i * n_ + j, pull_back(i, j, b_.out[i * stride_ + j], b_.work[i]),
             own_rate(b_.updates[i], rate));
    });
    group_.each(n_, [&](int i) { b_.updates[i] += 1.0; });
  }

  // --- Clearing -----------------------------------------------------------------------------------

  /// Shares and their column sums of all agents, from the raw bids.
  GBID_CARD void share_all() {
    group_.each_pair(n_, [&](int i, int j) { bid(i, j) = squash(b_.raw[i * n_ + j], highest(i)); });
    group_.each(n_, [&](int i) { b_.totals[i] = sum([&](int j) { return bid(i, j); }); });
    for (int i = 0; i < n_; ++i) check_total(b_.totals[i]);
    group_.each_pair(n_, [&](int i, int j) { bid(i, j) *= card_reciprocal(b_.totals[i]); });
    group_.each(n_, [&](int j) { b_.slack[j] = bid(j, j); });
  }
  GBID_CARD void sum_bids() {
    group_.each(n_, [&](int j) { b_.sums[j] = sum([&](int i) { return bid(i, j); }); });
    rows_since_sums_ = 0.0;
  }

  GBID_CARD void clear_all() {
    share_all();
    sum_bids();
    if (game_.has_interranking) refresh(true);
  }

  /// Takes over one agent's row: `work` is what it bids before it is divided by its sum.
  GBID_CARD void clear_row(int i) {
    const double total = sum([&](int k) { return b_.work[k]; });
    check_total(total);
    const double scale = card_reciprocal(total);
    const double longest = shortest_;  // of the row sums' reciprocals, before the change
    // 1. The new row, and v = e_i - a_i B.
    group_.each(n_, [&](int j) {
      const double fresh = b_.work[j] * scale;
      if (game_.has_interranking) {
        double others = 0.0;
        GBID_CARD_UNROLL
        for (int k = 0; k < size(); ++k) others += (k == i ? 0.0 : b_.work[k]) * inverse(k, j);
        b_.v[j] = (j == i ? 1.0 : 0.0) - inverse(i, j) + others * scale;
      }
      b_.sums[j] += fresh - bid(i, j);
      bid(i, j) = fresh;
      if (j != i) return;
      b_.totals[i] = total;
      b_.slack[i] = fresh;
      b_.updates[i] += 1.0;
    });
    rows_since_sums_ += 1.0;
    if (group_.any(rows_since_sums_ > 4.0 * n_)) {
      const bool is_mine = rows_since_sums_ > 4.0 * n_;
      group_.each(n_, [&](int j) {
        if (is_mine) b_.sums[j] = sum([&](int k) { return bid(k, j); });
      });
      if (is_mine) rows_since_sums_ = 0.0;
    }
    if (!game_.has_interranking) return;
    // 2. B += alpha v', and what follows; afresh for the reasons of InterRanking.
    updates_since_refresh_ += 1.0;
    const double pivot = 1.0 - b_.v[i];
    const double inverse_pivot = card_reciprocal(pivot);
    bool is_stale = updates_since_refresh_ > 4.0 * n_ || b_.slack[i] < kThinSlack ||
                    !(pivot > 0.0) || !card_is_finite(inverse_pivot) ||
                    longest < 1.0 / kLongestWalk;
    group_.each(n_, [&](int k) {
      const double alpha = b_.column[k] * inverse_pivot;
      double row_sum = 0.0, invariant = 0.0;
      GBID_CARD_UNROLL
      for (int l = 0; l < size(); ++l) {
        const double entry = inverse(k, l) + alpha * b_.v[l];
        inverse(k, l) = entry;
        row_sum += entry;
        invariant += entry * b_.slack[l];
      }
      b_.row_sums[k] = row_sum;
      b_.reciprocal[k] = card_reciprocal(row_sum);
      b_.kappa[k] = invariant;
    });
    is_stale = is_stale || !(std::fabs(b_.kappa[i] - 1.0) < kAlarm);
    if (group_.any(is_stale)) refresh(is_stale);
    sum_visits();
  }

  /// Column sums of Q from B and its row sums.
  GBID_CARD void sum_visits() {
    double least = b_.reciprocal[0];
    for (int k = 1; k < n_; ++k) least = b_.reciprocal[k] < least ? b_.reciprocal[k] : least;
    shortest_ = least;
    group_.each(n_, [&](int l) {
      b_.visit_sums[l] = sum([&](int k) { return b_.reciprocal[k] * inverse(k, l); });
    });
  }
  GBID_CARD void sum_rows(bool is_mine) {
    group_.each(n_, [&](int k) {
      if (!is_mine) return;
      b_.row_sums[k] = sum([&](int l) { return inverse(k, l); });
      b_.reciprocal[k] = card_reciprocal(b_.row_sums[k]);
    });
  }

  /// The inverse afresh, by the elimination without subtractions of engine/math/m_matrix.cpp.
  /// @param is_mine whether in this market, of those that run side by side.
  GBID_CARD void refresh(bool is_mine) {
    group_.each_pair(n_, [&](int i, int j) {
      if (is_mine) inverse(i, j) = i == j ? 0.0 : bid(i, j);
    });
    group_.each(n_, [&](int j) { b_.dot_p[j] = b_.slack[j]; });
    for (int k = 0; k < n_; ++k) {
      double pivot = b_.dot_p[k];
      for (int j = k + 1; j < n_; ++j) pivot += inverse(k, j);
      has_failed_ = has_failed_ || (is_mine && !(pivot > 0.0 && card_is_finite(pivot)));
      const double scale = card_reciprocal(pivot), slack = b_.dot_p[k] * scale;
      group_.each(n_, [&](int j) {
        b_.x[j] = j == k ? 0.0 : inverse(k, j) * scale;
        b_.kappa[j] = inverse(j, k);
      });
      group_.each_pair(n_, [&](int i, int j) {
        if (!is_mine) return;
        const double factor = b_.kappa[i];
        double& entry = inverse(i, j);
        if (i == k)
          entry = j == k ? scale : b_.x[j];
        else if (j == k)
          entry = factor * scale;
        else
          entry = i == j && i > k ? 0.0 : entry + factor * b_.x[j];
        if (j == k && i > k) b_.dot_p[i] += factor * slack;
      });
    }
    sum_rows(is_mine);
    if (is_mine) {
      updates_since_refresh_ = 0.0;
      refreshes_ += 1.0;
    }
    if (!game_.has_one_mover()) sum_visits();
  }

  // --- Movers and state ---------------------------------------------------------------------------

  /// Who moves: MoverSequence::at. The numbers of 4 n steps are drawn at a time.
  GBID_CARD int next_mover(std::int64_t step) {
    if (game_.movers == CardMovers::kAll) return 0;
    if (game_.movers == CardMovers::kRoundRobin) return static_cast<int>(step % n_);
    const std::int64_t block = step / 4;
    if (drawn_ < 0 || block >= drawn_ + n_) {
      group_.each(n_, [&](int k) {
        const r123::Philox4x64::ctr_type counter = {
            {trial_, 0, static_cast<std::uint64_t>(block + k), 0}};
        const r123::Philox4x64::key_type key = {{game_.seed, game_.purpose}};
        const auto bits = r123::Philox4x64{}(counter, key);
        for (int c = 0; c < 4; ++c)
          b_.movers[4 * k + c] = static_cast<double>(below(bits[static_cast<unsigned>(c)]));
      });
      drawn_ = block;
    }
    return static_cast<int>(b_.movers[step - 4 * drawn_]);
  }
  /// Stream::below_at.
  GBID_CARD std::uint64_t below(std::uint64_t bits) const {
    const auto n = static_cast<std::uint64_t>(n_);
#if defined(__CUDA_ARCH__)
    return __umul64hi(bits, n);
#else
    __extension__ using Product = unsigned __int128;
    return static_cast<std::uint64_t>(static_cast<Product>(bits) * n >> 64);
#endif
  }

  GBID_CARD void load(const double* state) {
    const CardState at(n_);
    group_.each_pair(n_, [&](int i, int j) {
      const int k = i * n_ + j;
      if (has_tables_) {
        b_.raw[k] = state[at.raw() + k];
        b_.first[k] = state[at.moment(0) + k];
        b_.second[k] = state[at.moment(1) + k];
      }
      inverse(i, j) = state[at.inverse() + k];
    });
    group_.each(n_, [&](int j) {
      b_.sums[j] = state[at.bid_sums() + j];
      b_.updates[j] = state[at.updates() + j];
    });
    rows_since_sums_ = state[at.rows_since_sums()];
    updates_since_refresh_ = state[at.updates_since_refresh()];
    refreshes_ = state[at.refreshes()];
    share_all();
    if (!game_.has_interranking) return;
    sum_rows(true);
    sum_visits();
  }

  const Group group_;
  const CardGame& game_;
  CardBoard b_;
  int n_, stride_;
  bool has_tables_;
  const double *constants_, *rates_;
  std::uint64_t trial_;
  double tau_ = 0.0, mean_ = 0.0;
  double rows_since_sums_ = 0.0, updates_since_refresh_ = 0.0, refreshes_ = 0.0;
  double shortest_ = 1.0;  // of the reciprocals of the row sums
  std::int64_t drawn_ = -1;
  bool has_failed_ = false;
};

}  // namespace gbid::bid_matrix
