// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "agents/learning/rows.hpp"

namespace gbid {

/// Plain gradients at two rates: agents 0, 2, ... take p += rate g, the slow ones 1, 3, ... take
/// p += rate ratio g. Source: Borkar, "Stochastic approximation with two time scales", 1997; Heusel
/// et al., "GANs trained by a two time-scale update rule", 2017.
struct TwoTimescale {
  double rate = 0.05;
  double ratio = 0.1;

  static constexpr LearnerInfo kInfo{
      .name = "two_timescale",
      .title = "two groups, two rates",
      .help =
          "plain gradients where every other agent takes smaller steps: converges in some games "
          "of leaders and followers where equal steps cycle, but no game that is zero-sum "
          "through and through",
      .in_lanes = true};

  template <class Keys>
  static void keys(Keys& schema) {
    schema
        .number("rate", &TwoTimescale::rate, {.min = 0.0, .min_open = true},
                "step size of agents 0, 2, ...")
        .number("ratio", &TwoTimescale::ratio, {.min = 0.0, .min_open = true},
                "step size of agents 1, 3, ... divided by that of the others");
  }

  template <class T>
  void learn(const LearnerRows<T>& rows) const {
    rows.each([&](const auto& row) {
      const T step =
          row.in_each([&](Index agent, Index) { return agent % 2 != 0 ? rate * ratio : rate; });
      for (Index k = 0; k < row.length; ++k) row.parameters[k] += step * row.gradient[k];
    });
  }
};

}  // namespace gbid
