// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Rows of eight trials at once, one Wide an entry. Sums over entries are taken in the order in which
// engine/math/pack.hpp takes them over padded rows of one trial, so that they have the same bits.
#pragma once

#include <array>

#include "engine/math/wide.hpp"

namespace gbid {

/// Some agent of every trial: the same one in all, or each trial's own.
struct LaneAgents {
  WideIntegers agent{};
  bool is_same = true;

  static LaneAgents all(Index agent) { return {WideIntegers{} + agent, true}; }
  Index in(Index lane) const { return agent[lane]; }
  /// Places of the values base + step x agent of all lanes, counted in doubles.
  WideIntegers places(Index step) const {
    return agent * (step * kWideLanes) + WideIntegers{0, 1, 2, 3, 4, 5, 6, 7};
  }
  bool operator==(const LaneAgents& other) const {
    for (Index lane = 0; lane < kWideLanes; ++lane)
      if (in(lane) != other.in(lane)) return false;
    return true;
  }
};

inline const double* doubles(const WideInMemory* x) { return reinterpret_cast<const double*>(x); }
inline double* doubles(WideInMemory* x) { return reinterpret_cast<double*>(x); }

/// The agents' entries of a row of all agents.
inline Wide pick(const WideInMemory* row, const LaneAgents& agents) {
  if (agents.is_same) return row[agents.in(0)];
  return gather(doubles(row), agents.places(1));
}
/// The inverse.
inline void put(WideInMemory* row, const LaneAgents& agents, Wide x) {
  if (agents.is_same)
    row[agents.in(0)] = x;
  else
    scatter(doubles(row), agents.places(1), x);
}

/// The agents' rows of a matrix (n x n), to `out`.
inline void copy_row(const WideInMemory* matrix, const LaneAgents& agents, Index n,
                     WideInMemory* out) {
  const WideIntegers places = agents.places(n);
  for (Index j = 0; j < n; ++j) out[j] = gather(doubles(matrix + j), places);
}
/// The same where they lie if it is one row; else fetched to `spare`.
inline const WideInMemory* row_of(const WideInMemory* matrix, const LaneAgents& agents, Index n,
                                  WideInMemory* spare) {
  if (agents.is_same) return matrix + agents.in(0) * n;
  copy_row(matrix, agents, n, spare);
  return spare;
}
inline const WideInMemory* row_of(const WideBuffer& matrix, const LaneAgents& agents, Index n,
                                  WideInMemory* spare) {
  return row_of(matrix.data(), agents, n, spare);
}

/// The agents' columns.
inline void copy_column(const WideBuffer& matrix, const LaneAgents& agents, Index n,
                        WideInMemory* out) {
  if (agents.is_same) {
    for (Index k = 0; k < n; ++k) out[k] = matrix[k * n + agents.in(0)];
    return;
  }
  const WideIntegers places = agents.places(1);
  for (Index k = 0; k < n; ++k) out[k] = gather(doubles(matrix.data() + k * n), places);
}

/// add(k, s) gives s with entry k added; in the order of a sum over one Pack after the other.
template <class Add>
Wide sum_entries(Index n, const Add& add) {
  Wide s0{}, s1{}, s2{}, s3{};
  Index k = 0;
  for (; k + 4 <= n; k += 4) {
    s0 = add(k, s0);
    s1 = add(k + 1, s1);
    s2 = add(k + 2, s2);
    s3 = add(k + 3, s3);
  }
  if (k < n) s0 = add(k, s0);
  if (k + 1 < n) s1 = add(k + 1, s1);
  if (k + 2 < n) s2 = add(k + 2, s2);
  return (s0 + s2) + (s1 + s3);
}

inline Wide lane_sum(const WideInMemory* x, Index n) {
  return sum_entries(n, [&](Index k, Wide s) { return s + x[k]; });
}

/// In the order of `dot`: even and odd Packs apart.
[[gnu::always_inline]] inline Wide lane_dot(const WideInMemory* x, const WideInMemory* y, Index n) {
  Wide s[8] = {};
  Index k = 0;
  for (; k + 8 <= n; k += 8)
    for (Index q = 0; q < 8; ++q) s[q] = multiply_add(x[k + q], y[k + q], s[q]);
#pragma GCC unroll 7
  for (Index q = 0; q < 7; ++q)
    if (k + q < n) s[q] = multiply_add(x[k + q], y[k + q], s[q]);
  for (Index q = 0; q < 4; ++q) s[q] = s[q] + s[q + 4];
  return (s[0] + s[2]) + (s[1] + s[3]);
}

/// One where a lane is of the trials that count: bit l for lane l.
using LaneSet = unsigned;
inline LaneSet set_of(WideIntegers condition) {
#if defined(__AVX512DQ__)
  return _mm512_movepi64_mask(reinterpret_cast<__m512i>(condition));
#else
  LaneSet set = 0;
  for (Index lane = 0; lane < kWideLanes; ++lane)
    if (condition[lane] != 0) set |= 1U << lane;
  return set;
#endif
}
inline WideIntegers condition_of(LaneSet set) {
  WideIntegers condition;
  for (Index lane = 0; lane < kWideLanes; ++lane)
    condition[lane] = (set >> lane & 1U) != 0 ? -1 : 0;
  return condition;
}
inline bool contains(LaneSet set, Index lane) { return (set >> lane & 1U) != 0; }

}  // namespace gbid
