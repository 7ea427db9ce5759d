// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <variant>

#include "agents/learning/registry.hpp"

namespace gbid::config {
template <class... A>
class Kinds;
}

namespace gbid {

using Learner = OverLearners<std::variant>;

/// What is known of the kind of a learner.
const LearnerInfo& info_of(const Learner&);

inline Signal signal_of(const Learner& learner) { return info_of(learner).signal; }
/// Rows of memory that a learner keeps per agent besides its parameters.
inline int moment_count(const Learner& learner) { return info_of(learner).moments; }
/// Gradients that a learner asks for in one step.
inline int phase_count(const Learner& learner) { return info_of(learner).phases; }

/// The same at a share of its rate.
inline Learner with_rate(Learner learner, double share) {
  std::visit([&](auto& kind) { kind.rate *= share; }, learner);
  return learner;
}

/// Updates the rows from their gradients. Constants are computed in double and rounded once.
template <class T>
void learn(const Learner&, const LearnerRows<T>&);

/// The keys of every learner, for `learner = ...` in a scenario and for `gbid list learners`.
const OverLearners<config::Kinds>& learner_kinds();

}  // namespace gbid
