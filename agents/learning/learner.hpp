// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <variant>

#include "engine/core/padded_matrix.hpp"

namespace gbid {

/// p += rate g.
struct Sgd {
  double rate = 0.05;
};

/// m = beta m + g;  p += rate m.
struct Momentum {
  double rate = 0.05;
  double beta = 0.9;
};

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
};

/// Optimistic gradient: p += rate (2 g - g_last), g_last the agent's previous gradient (itself at
/// the first update). Source: Popov, "A modification of the Arrow-Hurwicz method", 1980; Daskalakis
/// et al., "Training GANs with optimism", 2018.
struct Optimistic {
  double rate = 0.05;
};

/// Extragradient: a trial step p' = p + rate g(p), then p += rate g(p'). Two clearings a step.
/// Source: Korpelevich, "The extragradient method for finding saddle points", 1976.
struct Extragradient {
  double rate = 0.05;
};

/// Plain gradients at two rates: agents 0, 2, ... take p += rate g, the slow ones 1, 3, ... take
/// p += rate ratio g. Source: Borkar, "Stochastic approximation with two time scales", 1997; Heusel
/// et al., "GANs trained by a two time-scale update rule", 2017.
struct TwoTimescale {
  double rate = 0.05;
  double ratio = 0.1;
};

/// How a share of the way changes with an agent's updates.
enum class Averaging {
  kNone,           ///< it does not
  kFictitiousPlay  ///< rate / t at the t-th update: the bid is the mean of the responses so far
};

/// Towards the best response b to the others as they are: p += share (b - p). Whoever calls `learn`
/// gives b - p, or what pulls a network's output that way, for the gradient; see
/// `learns_from_responses`. Source: Brown, "Iterative solution of games by fictitious play", 1951.
struct BestResponse {
  double rate = 0.5;
  Averaging averaging = Averaging::kNone;
};

using Learner =
    std::variant<Sgd, Momentum, Adam, Optimistic, Extragradient, TwoTimescale, BestResponse>;

/// Whether the learner asks for best responses instead of gradients.
inline bool learns_from_responses(const Learner& learner) {
  return std::holds_alternative<BestResponse>(learner);
}

/// Rows of memory that a learner keeps per agent besides its parameters.
int moment_count(const Learner&);

/// Gradients that a learner asks for in one step.
int phase_count(const Learner&);

/// The same at a share of its rate.
inline Learner with_rate(Learner learner, double share) {
  std::visit([&](auto& kind) { kind.rate *= share; }, learner);
  return learner;
}

/// One agent's block of memory, or a part of it.
template <class T>
struct LearnerRow {
  T* parameters;
  const T* gradient;  ///< of what the agent climbs
  T* first;           ///< moment rows; null where the learner keeps none
  T* second;
  Index length;
  Index agent = 0;  ///< whose row it is
};

/// Climbs: updates one agent's parameters from its gradient.
/// @param clock steps of the run so far, this one included; @param updates the agent's own, this
/// one included.
/// T is double or float; constants are computed in double and rounded once.
template <class T>
void learn(const Learner&, int phase, Index clock, Index updates, const LearnerRow<T>&);

}  // namespace gbid
