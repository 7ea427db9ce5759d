// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "agents/learning/learner.hpp"

#include <algorithm>
#include <cmath>

namespace gbid {
namespace {

template <class T>
void climb(const Sgd& sgd, int, Index, Index, const LearnerRow<T>& row) {
  const T rate = static_cast<T>(sgd.rate);
  for (Index k = 0; k < row.length; ++k) row.parameters[k] += rate * row.gradient[k];
}

template <class T>
void climb(const Momentum& momentum, int, Index, Index, const LearnerRow<T>& row) {
  const T rate = static_cast<T>(momentum.rate), beta = static_cast<T>(momentum.beta);
  for (Index k = 0; k < row.length; ++k) {
    row.first[k] = beta * row.first[k] + row.gradient[k];
    row.parameters[k] += rate * row.first[k];
  }
}

/// 1 - beta^t. beta^t is at most e^(-t (1 - beta)): below 2^-54 it no longer changes the one.
double bias_correction(double beta, double t) {
  constexpr double kVanishes = 38.0;
  return t * (1.0 - beta) > kVanishes ? 1.0 : 1.0 - std::pow(beta, t);
}

template <class T>
void climb(const Adam& adam, int, Index clock, Index updates, const LearnerRow<T>& row) {
  const auto t = static_cast<double>(adam.clock == Clock::kShared ? clock : updates);
  const T step = static_cast<T>(adam.rate * std::sqrt(bias_correction(adam.beta2, t)) /
                                bias_correction(adam.beta1, t));
  T* __restrict p = row.parameters;
  T* __restrict m = row.first;
  T* __restrict v = row.second;
  const T* __restrict g = row.gradient;
  const T keep1 = static_cast<T>(1.0 - adam.beta1), keep2 = static_cast<T>(1.0 - adam.beta2);
  const T epsilon = static_cast<T>(adam.epsilon);
  for (Index k = 0; k < row.length; ++k) {
    m[k] += (g[k] - m[k]) * keep1;
    v[k] += (g[k] * g[k] - v[k]) * keep2;
    p[k] += step * m[k] / (std::sqrt(v[k]) + epsilon);
  }
}

template <class T>
void climb(const Optimistic& optimistic, int, Index, Index updates, const LearnerRow<T>& row) {
  if (updates == 1) std::copy_n(row.gradient, row.length, row.first);
  const T rate = static_cast<T>(optimistic.rate);
  for (Index k = 0; k < row.length; ++k) {
    row.parameters[k] += rate * (T{2} * row.gradient[k] - row.first[k]);
    row.first[k] = row.gradient[k];
  }
}

template <class T>
void climb(const Extragradient& extragradient, int phase, Index, Index, const LearnerRow<T>& row) {
  const T rate = static_cast<T>(extragradient.rate);
  if (phase == 0) std::copy_n(row.parameters, row.length, row.first);
  for (Index k = 0; k < row.length; ++k) row.parameters[k] = row.first[k] + rate * row.gradient[k];
}

template <class T>
void climb(const TwoTimescale& learner, int, Index, Index, const LearnerRow<T>& row) {
  const bool is_slow = row.agent % 2 != 0;
  const T rate = static_cast<T>(is_slow ? learner.rate * learner.ratio : learner.rate);
  for (Index k = 0; k < row.length; ++k) row.parameters[k] += rate * row.gradient[k];
}

template <class T>
void climb(const BestResponse& learner, int, Index, Index updates, const LearnerRow<T>& row) {
  const bool is_averaging = learner.averaging == Averaging::kFictitiousPlay;
  const T share =
      static_cast<T>(is_averaging ? learner.rate / static_cast<double>(updates) : learner.rate);
  for (Index k = 0; k < row.length; ++k) row.parameters[k] += share * row.gradient[k];
}

struct MomentCount {
  int operator()(const Sgd&) const { return 0; }
  int operator()(const Momentum&) const { return 1; }
  int operator()(const Adam&) const { return 2; }
  int operator()(const Optimistic&) const { return 1; }
  int operator()(const Extragradient&) const { return 1; }
  int operator()(const TwoTimescale&) const { return 0; }
  int operator()(const BestResponse&) const { return 0; }
};

}  // namespace

int moment_count(const Learner& learner) { return std::visit(MomentCount{}, learner); }

int phase_count(const Learner& learner) {
  return std::holds_alternative<Extragradient>(learner) ? 2 : 1;
}

template <class T>
void learn(const Learner& learner, int phase, Index clock, Index updates,
           const LearnerRow<T>& row) {
  std::visit([&](const auto& kind) { climb(kind, phase, clock, updates, row); }, learner);
}

template void learn(const Learner&, int, Index, Index, const LearnerRow<double>&);
template void learn(const Learner&, int, Index, Index, const LearnerRow<float>&);

}  // namespace gbid
