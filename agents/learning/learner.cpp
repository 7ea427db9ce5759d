// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "agents/learning/learner.hpp"

#include <algorithm>
#include <cmath>

namespace gbid {
namespace {

void climb(const Sgd& sgd, int, Index, Index, const LearnerRow& row) {
  for (Index k = 0; k < row.length; ++k) row.parameters[k] += sgd.rate * row.gradient[k];
}

void climb(const Momentum& momentum, int, Index, Index, const LearnerRow& row) {
  for (Index k = 0; k < row.length; ++k) {
    row.first[k] = momentum.beta * row.first[k] + row.gradient[k];
    row.parameters[k] += momentum.rate * row.first[k];
  }
}

/// 1 - beta^t. beta^t is at most e^(-t (1 - beta)): below 2^-54 it no longer changes the one.
double bias_correction(double beta, double t) {
  constexpr double kVanishes = 38.0;
  return t * (1.0 - beta) > kVanishes ? 1.0 : 1.0 - std::pow(beta, t);
}

void climb(const Adam& adam, int, Index clock, Index updates, const LearnerRow& row) {
  const auto t = static_cast<double>(adam.clock == Clock::kShared ? clock : updates);
  const double step =
      adam.rate * std::sqrt(bias_correction(adam.beta2, t)) / bias_correction(adam.beta1, t);
  double* __restrict p = row.parameters;
  double* __restrict m = row.first;
  double* __restrict v = row.second;
  const double* __restrict g = row.gradient;
  const double keep1 = 1.0 - adam.beta1, keep2 = 1.0 - adam.beta2;
  for (Index k = 0; k < row.length; ++k) {
    m[k] += (g[k] - m[k]) * keep1;
    v[k] += (g[k] * g[k] - v[k]) * keep2;
    p[k] += step * m[k] / (std::sqrt(v[k]) + adam.epsilon);
  }
}

void climb(const Optimistic& optimistic, int, Index, Index updates, const LearnerRow& row) {
  if (updates == 1) std::copy_n(row.gradient, row.length, row.first);
  for (Index k = 0; k < row.length; ++k) {
    row.parameters[k] += optimistic.rate * (2.0 * row.gradient[k] - row.first[k]);
    row.first[k] = row.gradient[k];
  }
}

void climb(const Extragradient& extragradient, int phase, Index, Index, const LearnerRow& row) {
  if (phase == 0) std::copy_n(row.parameters, row.length, row.first);
  for (Index k = 0; k < row.length; ++k)
    row.parameters[k] = row.first[k] + extragradient.rate * row.gradient[k];
}

}  // namespace

int moment_count(const Learner& learner) {
  if (std::holds_alternative<Sgd>(learner)) return 0;
  return std::holds_alternative<Adam>(learner) ? 2 : 1;
}

int phase_count(const Learner& learner) {
  return std::holds_alternative<Extragradient>(learner) ? 2 : 1;
}

void learn(const Learner& learner, int phase, Index clock, Index updates, const LearnerRow& row) {
  std::visit([&](const auto& kind) { climb(kind, phase, clock, updates, row); }, learner);
}

}  // namespace gbid
