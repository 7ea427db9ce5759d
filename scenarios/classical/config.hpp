// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <variant>
#include <vector>

#include "engine/core/padded_matrix.hpp"
#include "scenarios/data/array_source.hpp"
#include "scenarios/structure/entry.hpp"

namespace gbid::classical {

/// One number an agent, in their order.
struct ListArray {
  std::vector<double> values;
  bool operator==(const ListArray&) const = default;
};

/// A number of every agent: the same for all, drawn uniformly, listed, or from a file.
using Numbers = std::variant<ConstantArray, RandomBetween, ListArray, FileArray>;

/// Whose payoffs make up the welfare that a planner maximises.
enum class Society {
  kEveryone,  ///< firms and consumers: total surplus
  kFirms,     ///< the firms alone: profit
};

/// What becomes of effort in a contest.
enum class Effort {
  kWasted,    ///< it is gone
  kTransfer,  ///< others receive it: only the prize of the winner counts
};

/// u_i = a_i d_i - w_i,  d_i = w_i / sum_j w_j.
struct ProportionalShare {
  Index agents = 10;
  Numbers slopes = ConstantArray{1.0};  ///< a_i
};

/// u_i = V_i p_i - x_i,  p_i = x_i^r / sum_j x_j^r.
struct Tullock {
  Index agents = 5;
  Numbers prizes = ConstantArray{1.0};  ///< V_i
  double exponent = 1.0;                ///< r
  Effort effort = Effort::kWasted;
  double least_effort = 0.0;
};

/// u_i = (a - b sum_j q_j - c_i) q_i.
struct Cournot {
  Index agents = 3;
  double intercept = 1.0;              ///< a
  double slope = 1.0;                  ///< b
  Numbers costs = ConstantArray{0.0};  ///< c_i
  Society society = Society::kEveryone;
};

/// u_i = (p_i - c_i) (a - p_i + s mean_{j != i} p_j).
struct Bertrand {
  Index agents = 2;
  double intercept = 1.0;              ///< a
  double substitution = 0.5;           ///< s
  Numbers costs = ConstantArray{0.0};  ///< c_i
  Society society = Society::kFirms;
};

/// u_i = x_i (K - sum_j x_j).
struct CommonPool {
  Index agents = 5;
  double capacity = 1.0;  ///< K
};

/// u_i = a_i x_i - x_i^2 / 2 - g x_i sum_{j != i} x_j.
struct LinearQuadratic {
  Index agents = 3;
  Numbers benefits = ConstantArray{1.0};  ///< a_i
  double interaction = 0.25;              ///< g
};

/// Pairs: u_1 = a x y - d x^2 / 2,  u_2 = -a x y - d y^2 / 2.
struct Bilinear {
  Index agents = 2;
  double stake = 1.0;    ///< a
  double damping = 0.0;  ///< d
};

// What the registry knows of every game; in structure.cpp.
EntryOf<ProportionalShare> proportional_share();
EntryOf<Tullock> tullock();
EntryOf<Cournot> cournot();
EntryOf<Bertrand> bertrand();
EntryOf<CommonPool> common_pool();
EntryOf<LinearQuadratic> linear_quadratic();
EntryOf<Bilinear> bilinear();

}  // namespace gbid::classical
