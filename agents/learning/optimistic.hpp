// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <algorithm>

#include "agents/learning/rows.hpp"

namespace gbid {

/// Optimistic gradient: p += rate (2 g - g_last), g_last the agent's previous gradient (itself at
/// the first update). Source: Popov, "A modification of the Arrow-Hurwicz method", 1980; Daskalakis
/// et al., "Training GANs with optimism", 2018.
struct Optimistic {
  double rate = 0.05;

  static constexpr LearnerInfo kInfo{
      .name = "optimistic",
      .title = "optimistic gradient",
      .help =
          "optimistic gradient: converges in zero-sum-like games where plain gradients cycle; "
          "one gradient a step",
      .moments = 1,
      .in_lanes = true};

  template <class Keys>
  static void keys(Keys& schema) {
    schema.number("rate", &Optimistic::rate, {.min = 0.0, .min_open = true}, "step size");
  }

  template <class T>
  void learn(const LearnerRows<T>& rows) const {
    using Number = typename LearnerRows<T>::Number;
    const auto step = static_cast<Number>(rate);
    rows.each([&](const auto& row) {
      const T is_first = row.in_each([](Index, Index updates) { return updates == 1 ? 1.0 : 0.0; });
      for (Index k = 0; k < row.length; ++k) {
        const T last = is_first != T{} ? row.gradient[k] : row.first[k];
        row.parameters[k] += step * (Number{2} * row.gradient[k] - last);
        row.first[k] = row.gradient[k];
      }
    });
  }
};

}  // namespace gbid
