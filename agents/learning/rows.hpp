// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>
#include <type_traits>

#include "engine/math/wide.hpp"

namespace gbid {

/// What a learner asks its market for in every step.
enum class Signal {
  kGradient,
  kNaturalGradient,  ///< the change of the parameters that moves bids as their gradients say
  kBestResponse
};

/// What the program says and needs to know of a kind of learner. Its numbers are its struct's
/// members, declared to the parser and to `gbid list` by its `keys`.
struct LearnerInfo {
  const char* name;   ///< kind = "name"
  const char* title;  ///< of its table of keys
  const char* help;   ///< what `gbid list learners` says
  int moments = 0;    ///< rows of memory per agent besides its parameters, at most two
  int phases = 1;     ///< signals that it asks for in one step
  Signal signal = Signal::kGradient;
  bool in_lanes = false;  ///< its update is written for eight trials at once, too
};

/// A number that a learner works out from the clock of a step, kept until the clock moves on.
struct ClockMemo {
  Index clock = 0;
  double value = 0.0;
};

/// What belongs to the values of a row: numbers that all trials share, and an agent's counts. The
/// rows of one trial are of double or float; those of eight trials, one in each lane, of Wide.
template <class T>
struct RowOf {
  using Number = T;
  using Count = Index;
};
template <>
struct RowOf<Wide> {
  using Number = double;
  using Count = WideIntegers;
};

/// Rows of parameters of some agents, or the same part of each row, in one step: what a learner
/// updates. T is double, float or Wide.
template <class T>
struct LearnerRows {
  using Number = typename RowOf<T>::Number;
  using Count = typename RowOf<T>::Count;

  T* parameters;                          ///< (all agents x stride)
  T *first = nullptr, *second = nullptr;  ///< moments, laid out alike; null where none are kept
  Index stride = 0;
  const T*
      gradients;  ///< of what an agent ascends; a row per agent, or a row per entry of `agents`
  Index gradient_stride = 0;
  bool has_gradient_per_entry = false;
  Index length;                     ///< values of a row that are updated
  std::span<const Index> agents;    ///< whose rows
  const Count* updates = nullptr;   ///< (all agents) updates so far, this one included
  const Count* names = nullptr;     ///< (all agents) who each is in its market; null: as here
  Index clock = 1;                  ///< steps of the run so far, this one included
  ClockMemo* clock_memo = nullptr;  ///< shared by rows of one learner; may be null
  int phase = 0;

  /// What `work_out` gives for this clock.
  template <class WorkOut>
  double at_clock(const WorkOut& work_out) const {
    if (!clock_memo) return work_out(clock);
    if (clock_memo->clock != clock) *clock_memo = {clock, work_out(clock)};
    return clock_memo->value;
  }

  struct Row {
    T* parameters;
    const T* gradient;
    T *first, *second;
    Index length;
    Count agent, updates;

    /// What of(agent, updates) gives in every trial.
    template <class Of>
    T in_each(const Of& of) const {
      if constexpr (std::is_same_v<T, Wide>) {
        Wide values;
        for (Index lane = 0; lane < kWideLanes; ++lane)
          values[lane] = of(agent[lane], updates[lane]);
        return values;
      } else {
        return static_cast<T>(of(agent, updates));
      }
    }
  };

  /// Calls body(row) for one agent after the other.
  template <class Body>
  void each(const Body& body) const {
    for (std::size_t r = 0; r < agents.size(); ++r) {
      const Index agent = agents[r], at = agent * stride;
      const Index from = has_gradient_per_entry ? static_cast<Index>(r) : agent;
      body(Row{parameters + at, gradients + from * gradient_stride, first ? first + at : nullptr,
               second ? second + at : nullptr, length, names ? names[agent] : Count{} + agent,
               updates ? updates[agent] : Count{} + 1});
    }
  }
};

}  // namespace gbid
