// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "agents/learning/learner.hpp"
#include "engine/random/stream.hpp"
#include "engine/simulation/state.hpp"

namespace gbid {

/// Parameters, gradients and moments of all agents of one architecture, each in one block of
/// memory with a row an agent. Gradients are of what the agent climbs.
template <class T>
class ParameterBlock {
 public:
  ParameterBlock() = default;
  ParameterBlock(Index agents, Index parameters, const Learner& learner)
      : learner_(learner),
        agents_(agents),
        stride_((parameters + 15) / 16 * 16),
        parameters_(agents * stride_),
        gradients_(agents * stride_),
        updates_(static_cast<std::size_t>(agents), 0) {
    for (int k = 0; k < moment_count(learner); ++k) moments_.emplace_back(agents * stride_);
  }

  Index agents() const { return agents_; }
  T* row(Index agent) { return parameters_.data() + agent * stride_; }
  const T* row(Index agent) const { return parameters_.data() + agent * stride_; }
  T* gradient(Index agent) { return gradients_.data() + agent * stride_; }
  const T* gradient(Index agent) const { return gradients_.data() + agent * stride_; }
  /// Updates that each agent has made.
  const std::vector<Index>& updates() const { return updates_; }

  /// The same kind of learner with other numbers, as where a rate falls over a run.
  void set_learner(const Learner& learner) { learner_ = learner; }
  /// Adds all that changes to the table of a trial. @param prefix of the arrays' names.
  void declare(State& state, const std::string& prefix = "",
               const std::string& dimension = "agent") {
    const auto spec = [&](const char* name, const char* help, Role role) {
      return ArraySpec{{prefix + name, help, "1", {dimension, prefix + "parameter"}}, role};
    };
    state.add(spec("parameters", "parameters of the agents' networks", Role::kParameter),
              parameters_.data(), agents_, stride_, stride_);
    const char* const names[] = {"first_moment", "second_moment"};
    for (std::size_t k = 0; k < moments_.size(); ++k)
      state.add(spec(names[k], "what the learner remembers of every parameter", Role::kMoment),
                moments_[k]);
    ArraySpec updates{{prefix + "updates", "updates that the agent has made", "1", {dimension}},
                      Role::kCounter};
    if (prefix.empty()) updates.recorded = Recorded::kTrajectory;
    state.add(updates, updates_);
  }
  /// Moments and counts as they were before the first update; parameters stay.
  void forget() {
    for (Buffer<T>& moment : moments_) std::fill_n(moment.data(), moment.size(), T{0});
    std::fill(updates_.begin(), updates_.end(), Index{0});
  }
  int phases() const { return phase_count(learner_); }
  /// Counts an update of the agent, before its last phase.
  void count_update(Index agent) { ++updates_[static_cast<std::size_t>(agent)]; }

  /// Climbs: updates parameters [begin, end) of an agent from its gradient there.
  /// @param clock steps of the run so far, this one included.
  void learn(Index agent, Index begin, Index end, int phase, Index clock) {
    const Index at = agent * stride_ + begin;
    gbid::learn(learner_, phase, clock, updates_[static_cast<std::size_t>(agent)],
                LearnerRow<T>{parameters_.data() + at, gradients_.data() + at,
                              moments_.empty() ? nullptr : moments_.front().data() + at,
                              moments_.size() < 2 ? nullptr : moments_.back().data() + at,
                              end - begin, agent});
  }

  /// Bytes that a block of this size sets aside.
  static double bytes(Index agents, Index parameters, const Learner& learner) {
    return static_cast<double>(agents) * static_cast<double>(parameters) * sizeof(T) *
           (2 + moment_count(learner));
  }

 private:
  Learner learner_;
  Index agents_ = 0, stride_ = 0;
  Buffer<T> parameters_, gradients_;
  std::vector<Buffer<T>> moments_;
  std::vector<Index> updates_;
};

/// Normal with this standard deviation, redrawn where it falls beyond two of them.
inline double truncated_normal(Stream& stream, double deviation) {
  for (;;)
    if (const double x = stream.normal(); std::fabs(x) <= 2.0) return deviation * x;
}

}  // namespace gbid
