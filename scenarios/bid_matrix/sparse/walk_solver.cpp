// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bid_matrix/sparse/walk_solver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/core/error.hpp"
#include "engine/stepping/blocks.hpp"

namespace gbid::bid_matrix::sparse {
namespace {

// Agents whose rows or columns one task works on.
constexpr Index kWalkRows = 2048;
// Numbers that a task leaves behind.
constexpr Index kSlotSize = 8;
// Vectors longer than this are asked for ahead of their use: so many edges, some 12 rows of 16.
constexpr Index kFarValues = 100000, kEdgesAhead = 200;

using Two = double __attribute__((vector_size(16)));
using TwoInMemory [[gnu::may_alias]] = Two;

/// Adds up what blocks left, in order. @return kSlotSize sums, the first `maxima` of them largest values.
template <class Body>
std::array<double, kSlotSize> over_blocks(Index count, std::vector<double>& slots, Index maxima,
                                          const Body& body) {
  for_blocks(count, kWalkRows, [&](Index block, Index begin, Index end) {
    double found[kSlotSize] = {};
    body(begin, end, found);
    std::copy_n(found, kSlotSize, slots.data() + block * kSlotSize);
  });
  std::array<double, kSlotSize> total{};
  for (Index block = 0; block < block_count(count, kWalkRows); ++block)
    for (Index k = 0; k < kSlotSize; ++k) {
      const double found = slots[static_cast<std::size_t>(block * kSlotSize + k)];
      double& sum = total[static_cast<std::size_t>(k)];
      // A NaN stays one.
      sum = k >= maxima ? sum + found : found > sum || std::isnan(found) ? found : sum;
    }
  return total;
}

}  // namespace

WalkSolver::WalkSolver(std::shared_ptr<const EdgeGraph> graph, double tolerance)
    : graph_(std::move(graph)),
      tolerance_(tolerance),
      n_(graph_->agents),
      is_far_(n_ > kFarValues),
      direction_(n_),
      through_(n_),
      spare_(2 * n_),
      slots_(static_cast<std::size_t>(block_count(n_, kWalkRows) * kSlotSize)) {
  std::fill_n(direction_.data(), n_, 1.0);
}

double WalkSolver::bytes(double agents) { return 4.0 * sizeof(double) * agents; }
double WalkSolver::fallback_bytes(double agents) { return 8.0 * sizeof(double) * agents; }

void WalkSolver::take(const double* self, const double* by_row, const double* by_column) {
  self_ = self;
  by_row_ = by_row;
  by_column_ = by_column;
  has_through_ = false;
  for (Index i = 0; i < n_; ++i)
    if (!(self[i] > 0.0))
      throw NumericError(fmt::format(
          "ranking: agent {} bids {} on itself; walks over the bids end there", i, self[i]));
}

/// (W x)_i or (W' x)_i of K vectors.
template <int K, bool T>
void WalkSolver::product(const double* x, Index i, double* sums) const {
  const EdgeGraph& g = *graph_;
  const Index begin = T ? g.in_begin(i) : g.begin(i) + 1, end = T ? g.in_end(i) : g.end(i);
  const std::int32_t* at = T ? g.in_source.data() : g.target.data();
  const double* values = T ? by_column_ : by_row_;
  if (is_far_) {
    const Index last = static_cast<Index>(T ? g.in_source.size() : g.target.size()) - 1;
    for (Index e = begin + kEdgesAhead; e < end + kEdgesAhead; ++e)
      __builtin_prefetch(x + K * static_cast<Index>(at[std::min(e, last)]));
  }
  if constexpr (K == 2) {
    Two a{}, b{};
    Index e = begin;
    const auto value = [&](Index k) {
      return *reinterpret_cast<const TwoInMemory*>(x + 2 * static_cast<Index>(at[k])) *
             Two{values[k], values[k]};
    };
    for (; e + 2 <= end; e += 2) a += value(e), b += value(e + 1);
    if (e < end) a += value(e);
    a += b;
    sums[0] = a[0];
    sums[1] = a[1];
  } else {
    double a = 0.0, b = 0.0;
    Index e = begin;
    for (; e + 2 <= end; e += 2) a += x[at[e]] * values[e], b += x[at[e + 1]] * values[e + 1];
    if (e < end) a += x[at[e]] * values[e];
    sums[0] = a + b;
  }
}

/// W'y and y'w.
void WalkSolver::require_direction() {
  if (has_through_) return;
  const auto found = over_blocks(n_, slots_, 0, [&](Index begin, Index end, double* sums) {
    for (Index i = begin; i < end; ++i) {
      product<1, true>(direction_.data(), i, through_.data() + i);
      sums[0] += direction_[i] * self_[i];
    }
  });
  ++products_;
  along_ = found[0];
  has_through_ = true;
}

template <int K, bool T>
void WalkSolver::run(const double* rhs, double* x, const double* row_sums) {
  require_direction();
  double *here = x, *next = spare_.data();
  double offset[K] = {};  // the step along y that `here` has not been given yet
  bool is_done = false;
  Index steps = 0;
  while (!is_done && steps < kNeumannProducts) {
    const auto found =
        over_blocks(n_, slots_, T ? 0 : 2 * K, [&](Index begin, Index end, double* out) {
          for (Index i = begin; i < end; ++i) {
            double sums[K];
            product<K, T>(here, i, sums);
            const double w = self_[i], y = T ? direction_[i] : 1.0, wy = T ? through_[i] : 1.0 - w;
            for (int k = 0; k < K; ++k) {
              const double value = rhs[K * i + k] + sums[k] + offset[k] * wy;
              const double r = value - (here[K * i + k] + offset[k] * y);
              next[K * i + k] = value;
              double &size = out[k], &error = out[K + k], &along = out[2 * K + k];
              if constexpr (T) {
                size += std::fabs(value);
                error += std::fabs(r) * row_sums[K * i];
                along += (1.0 - w) * r;
              } else {
                size = std::max(size, std::fabs(value));
                const double bound = std::fabs(r) / w;
                if (!(bound <= error)) error = bound;
                along += through_[i] * r;
              }
            }
          }
        });
    ++products_;
    ++steps;
    std::swap(here, next);
    is_done = true;
    for (int k = 0; k < K; ++k) {
      const auto at = static_cast<std::size_t>(k);
      is_done = is_done && found[K + at] <= tolerance_ * found[at];
      offset[k] = found[2 * K + at] / along_;
    }
  }
  // The last step along y, where another product would have followed.
  if (here != x || !is_done)
    for_blocks(n_, kWalkRows, [&](Index, Index begin, Index end) {
      for (Index i = begin; i < end; ++i)
        for (int k = 0; k < K; ++k)
          x[K * i + k] = here[K * i + k] + (is_done ? 0.0 : offset[k] * (T ? direction_[i] : 1.0));
    });
  if (is_done) return;
  for (int k = 0; k < K; ++k) go_on<T>(rhs + k, x + k, K, row_sums, K);
}

/// BiCGSTAB of one right-hand side, every `stride`-th of the values, from x on.
template <bool T>
void WalkSolver::go_on(const double* rhs, double* x, Index stride, const double* row_sums,
                       Index b_stride) {
  // Restarted after so many products: the residual that is carried along drifts from the true one.
  constexpr Index kRestart = 400;
  while (fallback_.size() < 8) fallback_.emplace_back(n_);
  double* const u = fallback_[0].data();
  double *const r = fallback_[1].data(), *const r0 = fallback_[2].data(),
                *const p = fallback_[3].data(), *const v = fallback_[4].data(),
                *const s = fallback_[5].data(), *const t = fallback_[6].data();
  // The bound on the error of u that residual r gives, and the size that it is relative to.
  const auto weigh = [&](Index i, double* out) {
    if constexpr (T) {
      out[0] += std::fabs(u[i]);
      out[1] += std::fabs(r[i]) * row_sums[b_stride * i];
    } else {
      out[0] = std::max(out[0], std::fabs(u[i]));
      const double bound = std::fabs(r[i]) / self_[i];
      if (!(bound <= out[1])) out[1] = bound;
    }
  };
  const Index maxima = T ? 0 : 2;
  const auto over = [&](Index most, const auto& each) {
    return over_blocks(n_, slots_, most, [&](Index begin, Index end, double* out) {
      for (Index i = begin; i < end; ++i) each(i, out);
    });
  };
  const auto apply = [&](const double* of, Index i) {
    double sum;
    product<1, T>(of, i, &sum);
    return of[i] - sum;
  };
  over(0, [&](Index i, double*) { u[i] = x[stride * i]; });
  for (Index products = 0;;) {
    auto found = over(maxima, [&](Index i, double* out) {
      r[i] = r0[i] = p[i] = rhs[stride * i] - apply(u, i);
      out[2] += r[i] * r[i];
      weigh(i, out);
    });
    ++products, ++products_;
    if (found[1] <= tolerance_ * found[0]) break;
    if (!(products < kMostProducts))
      throw NumericError(
          fmt::format("ranking: expected walks over the bids to a relative error of {:.1e}, got "
                      "{:.1e} after {} "
                      "products; they are too long for market.storage.tolerance",
                      tolerance_, found[1] / found[0], products));
    double rho = found[2];
    for (const Index until = products + kRestart; products < until;) {
      found = over(0, [&](Index i, double* out) {
        v[i] = apply(p, i);
        out[0] += r0[i] * v[i];
      });
      const double alpha = rho / found[0];
      over(0, [&](Index i, double*) { s[i] = r[i] - alpha * v[i]; });
      found = over(0, [&](Index i, double* out) {
        t[i] = apply(s, i);
        out[0] += t[i] * s[i];
        out[1] += t[i] * t[i];
      });
      products += 2, products_ += 2;
      const double omega = found[0] / found[1];
      if (!std::isfinite(alpha) || !std::isfinite(omega)) break;  // afresh from here
      found = over(maxima, [&](Index i, double* out) {
        u[i] += alpha * p[i] + omega * s[i];
        r[i] = s[i] - omega * t[i];
        out[2] += r[i] * r0[i];
        weigh(i, out);
      });
      const double beta = found[2] / rho * (alpha / omega);
      rho = found[2];
      if (found[1] <= tolerance_ * found[0] || !std::isfinite(beta)) break;
      over(0, [&](Index i, double*) { p[i] = r[i] + beta * (p[i] - omega * v[i]); });
    }
  }
  over(0, [&](Index i, double*) { x[stride * i] = u[i]; });
}

template <int K>
void WalkSolver::solve(const double* rhs, double* x) {
  run<K, false>(rhs, x, nullptr);
}
template <int K>
void WalkSolver::solve_transposed(const double* rhs, double* x, const double* row_sums) {
  run<K, true>(rhs, x, row_sums);
}
template void WalkSolver::solve<1>(const double*, double*);
template void WalkSolver::solve<2>(const double*, double*);
template void WalkSolver::solve_transposed<1>(const double*, double*, const double*);
template void WalkSolver::solve_transposed<2>(const double*, double*, const double*);

}  // namespace gbid::bid_matrix::sparse
