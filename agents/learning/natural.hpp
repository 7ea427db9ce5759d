// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "agents/learning/optimistic.hpp"
#include "agents/learning/rows.hpp"

namespace gbid {

/// Natural gradient, optimistic: p += rate (2 g - g_last), where the market gives for g the change of
/// the parameters that changes the bids as near as possible in the direction of their own
/// gradients, scaled by curvature:
///   g = argmin_u sum_k w_k (J_k u - d_k)^2 + damping mean|J_k|^2 |u|^2,
/// J_k the slopes of type k's bid, d_k its wanted change; `Signal::kNaturalGradient`.
/// Source: Amari, "Natural gradient works efficiently in learning", 1998; Popov, 1980.
struct Natural {
  double rate = 0.05;
  double damping = 5e-3;  ///< with which unlike bidders find their common highest bid

  static constexpr LearnerInfo kInfo{
      .name = "natural",
      .title = "natural gradient",
      .help =
          "natural gradient, optimistic: bids move in the direction of their own gradients, "
          "whatever the network's parameters; markets of bid functions only",
      .moments = 1,
      .signal = Signal::kNaturalGradient};

  template <class Keys>
  static void keys(Keys& schema) {
    schema
        .number("rate", &Natural::rate, {.min = 0.0, .min_open = true},
                "share of the wanted change")
        .number(
            "damping", &Natural::damping, {.min = 0.0, .min_open = true},
            "of changes that take large steps of the parameters, by the mean square of the bids' "
            "slopes");
  }

  template <class T>
  void learn(const LearnerRows<T>& rows) const {
    Optimistic{.rate = rate}.learn(rows);
  }
};

}  // namespace gbid
