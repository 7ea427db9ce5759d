// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "agents/learning/rows.hpp"

namespace gbid {

/// Gradient ascent: p += rate g.
struct Sgd {
  double rate = 0.05;

  static constexpr LearnerInfo kInfo{
      .name = "sgd",
      .title = "plain gradient",
      .help = "plain gradient ascent; cycles in games that are not nearly potential games",
      .in_lanes = true};

  template <class Keys>
  static void keys(Keys& schema) {
    schema.number("rate", &Sgd::rate, {.min = 0.0, .min_open = true}, "step size");
  }

  template <class T>
  void learn(const LearnerRows<T>& rows) const {
    const auto step = static_cast<typename LearnerRows<T>::Number>(rate);
    rows.each([&](const auto& row) {
      for (Index k = 0; k < row.length; ++k) row.parameters[k] += step * row.gradient[k];
    });
  }
};

}  // namespace gbid
