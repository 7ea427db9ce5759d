// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>

#include "scenarios/routing/latency.hpp"

namespace gbid::routing {

/// Two ends, low <= high.
struct Bounds {
  double low = 0.0, high = 0.0;
};

/// The total travel time of the equilibrium, from a state on the way to it.
///
/// With x the flows of the state, x* those of the equilibrium, t their costs, E the excess cost and
/// tau_a = t_a(x*_a) - t_a(x_a), travellers' best responses give
///
///   sum_a tau_a (x*_a - x_a) <= E,    T(x) - E + sum_a tau_a x_a <= T(x*) <= T(x) + sum_a tau_a x_a
///
/// and what is left is how large |sum tau_a x_a| can be. For any m > 0 it is at most
/// m E + sum_a max over d of |tau_a(d)| (x_a - m |d|), and since t is convex that is at most
///
///   m E + sum_a t'_a(x_a (1 + 1/m)) x_a^2 / (4 m)      above;    with t'_a(x_a) below
///
/// m is taken where the two parts are equal for small E, so that the width is about
/// 2 sqrt(E sum_a t'_a x_a^2). Rounding is counted as excess.
/// @param flow (link) of the state.
/// @param excess_cost sum over paths of flow x (cost - cheapest), >= 0 up to rounding.
/// @return the state's own total travel time twice, and nothing else, if no cost rises with its flow.
Bounds equilibrium_total(const Latencies& latencies, std::span<const double> flow,
                         double excess_cost);

/// The least total travel time, from a state on the way to it: total travel time is convex, so
///   T(x) - E <= T* <= T(x)
/// @param excess_cost of the state at marginal costs.
Bounds optimal_total(const Latencies& latencies, std::span<const double> flow, double excess_cost);

/// Of the price of anarchy, equilibrium total / optimal total, cut to what theory leaves: at least 1
/// and at most `most`, see price_of_anarchy_bound.
/// @throws Error (internal) if nothing is left.
Bounds price_of_anarchy(const Bounds& equilibrium, const Bounds& optimum, double most);

}  // namespace gbid::routing
