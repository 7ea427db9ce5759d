// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <algorithm>

#include "agents/learning/rows.hpp"

namespace gbid {

/// Extragradient: a trial step p' = p + rate g(p), then p += rate g(p'). Two clearings a step.
/// Source: Korpelevich, "The extragradient method for finding saddle points", 1976.
struct Extragradient {
  double rate = 0.05;

  static constexpr LearnerInfo kInfo{
      .name = "extragradient",
      .title = "extragradient",
      .help = "extragradient: like optimistic, more robust; two gradients a step",
      .moments = 1,
      .phases = 2,
      .in_lanes = true};

  template <class Keys>
  static void keys(Keys& schema) {
    schema.number("rate", &Extragradient::rate, {.min = 0.0, .min_open = true}, "step size");
  }

  template <class T>
  void learn(const LearnerRows<T>& rows) const {
    const auto step = static_cast<typename LearnerRows<T>::Number>(rate);
    rows.each([&](const auto& row) {
      if (rows.phase == 0) std::copy_n(row.parameters, row.length, row.first);
      for (Index k = 0; k < row.length; ++k)
        row.parameters[k] = row.first[k] + step * row.gradient[k];
    });
  }
};

}  // namespace gbid
