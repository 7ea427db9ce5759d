// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <algorithm>
#include <cmath>

#include "agents/learning/rows.hpp"

namespace gbid {

/// What t counts in Adam's bias correction.
enum class Clock {
  kShared,    ///< steps of the run: an agent that rarely moves takes nearly uncorrected steps
  kPerAgent,  ///< this agent's own updates
};

/// m += (1 - beta1)(g - m);  v += (1 - beta2)(g^2 - v);
/// p += rate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon).
/// epsilon stands outside the bias correction. m and v move only when their agent moves.
/// Source: Kingma and Ba, "Adam", 2015, section 2 (the efficient order of computation).
struct Adam {
  double rate = 0.05;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  Clock clock = Clock::kShared;

  static constexpr LearnerInfo kInfo{
      .name = "adam",
      .title = "Adam",
      .help = "steps scaled per parameter; the learner of the published experiments",
      .moments = 2,
      .in_lanes = true};

  template <class Keys>
  static void keys(Keys& schema) {
    schema.number("rate", &Adam::rate, {.min = 0.0, .min_open = true}, "step size")
        .number("beta1", &Adam::beta1, {.min = 0.0, .max = 1.0, .max_open = true},
                "decay of the mean gradient")
        .number("beta2", &Adam::beta2, {.min = 0.0, .max = 1.0, .max_open = true},
                "decay of the mean square")
        .number("epsilon", &Adam::epsilon, {.min = 0.0, .min_open = true},
                "added to the root mean square")
        .choice("clock", &Adam::clock,
                {{Clock::kShared, "shared", "steps of the run"},
                 {Clock::kPerAgent, "per_agent", "the agent's own updates"}},
                "what the bias correction counts");
  }

  template <class T>
  void learn(const LearnerRows<T>& rows) const {
    using Number = typename LearnerRows<T>::Number;
    using gbid::sqrt, std::sqrt;
    const double shared = rows.at_clock([&](Index count) { return corrected_rate(count); });
    const auto keep1 = static_cast<Number>(1.0 - beta1), keep2 = static_cast<Number>(1.0 - beta2);
    const auto added = static_cast<Number>(epsilon);
    rows.each([&](const auto& row) {
      const T step = row.in_each([&](Index, Index updates) {
        return clock == Clock::kShared ? shared : corrected_rate(updates);
      });
      T* __restrict p = row.parameters;
      T* __restrict m = row.first;
      T* __restrict v = row.second;
      const T* __restrict g = row.gradient;
      for (Index k = 0; k < row.length; ++k) {
        m[k] += (g[k] - m[k]) * keep1;
        v[k] += (g[k] * g[k] - v[k]) * keep2;
        p[k] += step * m[k] / (sqrt(v[k]) + added);
      }
    });
  }

  /// The step of the `count`-th update; the same from `last_correction` on.
  double corrected_rate(Index count) const {
    const auto t = static_cast<double>(count);
    return rate * std::sqrt(correction(beta2, t)) / correction(beta1, t);
  }
  double last_correction() const {
    return std::ceil(kVanishes / (1.0 - std::max(beta1, beta2))) + 1.0;
  }

 private:
  /// beta^t is at most e^(-t (1 - beta)): below 2^-54 it no longer changes the one.
  static constexpr double kVanishes = 38.0;
  /// 1 - beta^t.
  static double correction(double beta, double t) {
    return t * (1.0 - beta) > kVanishes ? 1.0 : 1.0 - std::pow(beta, t);
  }
};

}  // namespace gbid
