// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>
#include <string>
#include <vector>

#include "agents/learning/learner.hpp"
#include "engine/simulation/state.hpp"

namespace gbid {

/// All agents of one architecture and one learner: parameters, gradients, moments and counters, each
/// in one block of memory with a row per agent. Rows begin on a cache line; what is behind their last
/// value is zero and stays so. Gradients are of what an agent ascends. Different agents, and
/// different parts of one, may learn in different threads. T is double or float.
template <class T>
class Cohort {
 public:
  /// Whether gradients are kept here, or given by the caller to `learn_from`.
  enum class Gradients { kKept, kGiven };

  Cohort() = default;
  Cohort(Index agents, Index parameters, const Learner& learner,
         Gradients gradients = Gradients::kKept);

  Index agents() const { return agents_; }
  Index parameter_count() const { return parameter_count_; }
  Index stride() const { return stride_; }  ///< from row to row
  T* row(Index agent) { return parameters_.data() + agent * stride_; }
  const T* row(Index agent) const { return parameters_.data() + agent * stride_; }
  T* gradient(Index agent) { return gradients_.data() + agent * stride_; }
  const T* gradient(Index agent) const { return gradients_.data() + agent * stride_; }
  int moment_count() const { return static_cast<int>(moments_.size()); }
  T* moment(int which, Index agent) {
    return moments_[static_cast<std::size_t>(which)].data() + agent * stride_;
  }
  /// Updates that each agent has made.
  const std::vector<Index>& updates() const { return updates_; }
  std::vector<Index>& updates() { return updates_; }

  /// Adds all that changes to the table of a trial. @param prefix of the arrays' names.
  void declare(State& state, const std::string& prefix = "",
               const std::string& dimension = "agent");
  /// Another learner, which keeps no more than that of the constructor.
  void set_learner(const Learner& learner) { learner_ = learner; }
  int phases() const { return phase_count(learner_); }
  /// Moments and counters as they were before the first update; parameters stay.
  void forget();
  /// Counts an update of the agent, before its last phase.
  void count_update(Index agent) { ++updates_[static_cast<std::size_t>(agent)]; }
  /// Counts one of each, if this is the last phase of the step.
  void count_updates(std::span<const Index> agents, int phase);

  /// Updates the agents' rows from the gradients kept here.
  /// @param clock steps of the run so far, this one included.
  void learn(std::span<const Index> agents, int phase, Index clock) {
    learn(agents, 0, parameter_count_, phase, clock);
  }
  /// The same for parameters [begin, end) of every row.
  void learn(std::span<const Index> agents, Index begin, Index end, int phase, Index clock);
  void learn(Index agent, Index begin, Index end, int phase, Index clock) {
    learn({&agent, 1}, begin, end, phase, clock);
  }
  /// Updates the agents' rows from gradients of the caller's, row r for the r-th of them.
  /// @param stride from row to row, at least the parameters rounded up to a multiple of kLanes;
  /// zeros behind the last value.
  void learn_from(const T* gradients, Index stride, std::span<const Index> agents, int phase,
                  Index clock);

  /// Whether all parameters of an agent are finite.
  bool is_finite(Index agent) const;

  /// Bytes that a cohort of this size sets aside.
  static double bytes(Index agents, Index parameters, const Learner& learner,
                      Gradients gradients = Gradients::kKept);

 private:
  LearnerRows<T> rows(std::span<const Index> agents, Index begin, Index length, int phase,
                      Index clock);

  Learner learner_;
  Index agents_ = 0, parameter_count_ = 0, stride_ = 0;
  Buffer<T> parameters_, gradients_;
  std::vector<Buffer<T>> moments_;
  std::vector<Index> updates_;
};

/// What a trial says whose agent has parameters that are no longer finite.
std::string not_finite(Index agent);

/// How the updates of every agent are declared and recorded.
ArraySpec updates_spec();

}  // namespace gbid
