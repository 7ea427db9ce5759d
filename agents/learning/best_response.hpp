// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include "agents/learning/rows.hpp"

namespace gbid {

/// How a share of the way changes with an agent's updates.
enum class Averaging {
  kNone,           ///< it does not
  kFictitiousPlay  ///< rate / t at the t-th update: the bid is the mean of the responses so far
};

/// Towards the best response b to the others as they are: p += share (b - p). The caller gives
/// b - p, or what pulls a network's output in that direction, for the gradient; see
/// `Signal::kBestResponse`. Source: Brown, "Iterative solution of games by fictitious play", 1951.
struct BestResponse {
  double rate = 0.5;
  Averaging averaging = Averaging::kNone;

  static constexpr LearnerInfo kInfo{
      .name = "best_response",
      .title = "towards the best response",
      .help =
          "a share of the way to the exact best response to the others as they are: few steps "
          "where the share is small enough for the game; competitive regimes of markets with "
          "exact best responses only",
      .signal = Signal::kBestResponse,
      .in_lanes = true};

  template <class Keys>
  static void keys(Keys& schema) {
    schema
        .number("rate", &BestResponse::rate, {.min = 0.0, .max = 1.0, .min_open = true},
                "share of the way to the best response")
        .choice(
            "averaging", &BestResponse::averaging,
            {{Averaging::kNone, "none", "the same share at every update"},
             {Averaging::kFictitiousPlay, "fictitious_play", "rate / t at an agent's t-th update"}},
            "how the share changes with the updates");
  }

  template <class T>
  void learn(const LearnerRows<T>& rows) const {
    rows.each([&](const auto& row) {
      const T share = row.in_each([&](Index, Index updates) {
        return averaging == Averaging::kFictitiousPlay ? rate / static_cast<double>(updates) : rate;
      });
      for (Index k = 0; k < row.length; ++k) row.parameters[k] += share * row.gradient[k];
    });
  }
};

}  // namespace gbid
