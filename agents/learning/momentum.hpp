// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "agents/learning/rows.hpp"

namespace gbid {

/// m = beta m + g;  p += rate m.
struct Momentum {
  double rate = 0.05;
  double beta = 0.9;

  static constexpr LearnerInfo kInfo{
      .name = "momentum",
      .title = "heavy ball",
      .help = "gradient ascent with momentum: smoother, and quicker to cycle",
      .moments = 1,
      .in_lanes = true};

  template <class Keys>
  static void keys(Keys& schema) {
    schema.number("rate", &Momentum::rate, {.min = 0.0, .min_open = true}, "step size")
        .number("beta", &Momentum::beta, {.min = 0.0, .max = 1.0, .max_open = true},
                "share of the last direction that is kept");
  }

  template <class T>
  void learn(const LearnerRows<T>& rows) const {
    using Number = typename LearnerRows<T>::Number;
    const auto step = static_cast<Number>(rate), keep = static_cast<Number>(beta);
    rows.each([&](const auto& row) {
      for (Index k = 0; k < row.length; ++k) {
        row.first[k] = keep * row.first[k] + row.gradient[k];
        row.parameters[k] += step * row.first[k];
      }
    });
  }
};

}  // namespace gbid
