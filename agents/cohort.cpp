// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "agents/cohort.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/core/error.hpp"
#include "engine/math/pack.hpp"
#include "engine/stepping/blocks.hpp"

namespace gbid {
namespace {

// Movers that one task updates.
constexpr Index kMoversPerTask = 32;

}  // namespace

Cohort::Cohort(PaddedMatrix& raw_bids, const Network& network, const Learner& learner,
               Index movers_per_step)
    : network_(network),
      learner_(learner),
      raw_bids_(raw_bids),
      updates_(static_cast<std::size_t>(raw_bids.rows()), 0) {
  const Index agents = raw_bids.rows();
  for (int k = 0; k < moment_count(learner); ++k)
    moments_.emplace_back(agents, network.parameter_count());
  if (network.is_table()) return;
  own_parameters_ = PaddedMatrix(agents, network.parameter_count());
  activations_ = PaddedMatrix(agents, network.activation_count());
  const Index tasks = block_count(movers_per_step, kMoversPerTask);
  gradients_ = PaddedMatrix(tasks, network.parameter_count());
  scratch_ = PaddedMatrix(tasks, 2 * network.widest_layer());
}

void Cohort::initialise(const PaddedMatrix& start, const StreamKey& key) {
  for (Index i = 0; i < raw_bids_.rows(); ++i) {
    StreamKey own = key;
    own.agent = static_cast<std::uint64_t>(i);
    Stream stream(own);
    network_.initialise(stream, start.row(i), parameters().row(i));
  }
}

ArraySpec updates_spec() {
  return {{"updates", "updates that the agent has made", "1", {"agent"}},
          Role::kCounter,
          Recorded::kTrajectory};
}

void Cohort::declare(State& state) {
  const auto of_parameters = [](const char* name, const char* help, Role role) {
    return ArraySpec{{name, help, "1", {"agent", "parameter"}}, role};
  };
  if (!network_.is_table()) {
    state.add(of_parameters("parameters", "parameters of the agents' networks", Role::kParameter),
              own_parameters_);
    state.add({{"activations",
                "what networks saw and answered when they bid last",
                "1",
                {"agent", "activation"}},
               Role::kCarried},
              activations_);
  }
  const char* const names[] = {"first_moment", "second_moment"};
  for (std::size_t k = 0; k < moments_.size(); ++k)
    state.add(
        of_parameters(names[k], "what the learner remembers of every parameter", Role::kMoment),
        moments_[k]);
  state.add(updates_spec(), updates_);
}

void Cohort::forget() {
  for (PaddedMatrix& moment : moments_)
    std::fill_n(moment.row(0), moment.rows() * moment.stride(), 0.0);
  std::fill(updates_.begin(), updates_.end(), Index{0});
}

std::span<double> Cohort::observation(Index agent) {
  if (network_.is_table()) return {};
  return {activations_.row(agent), static_cast<std::size_t>(network_.inputs())};
}

void Cohort::bid(const Movers& movers) {
  if (network_.is_table()) return;  // learning moved the bids themselves
  for_blocks(movers.count(), kMoversPerTask, [&](Index, Index begin, Index end) {
    for (Index r = begin; r < end; ++r) {
      const Index agent = movers.agents[static_cast<std::size_t>(r)];
      network_.forward(parameters().row(agent), activations_.row(agent), raw_bids_.row(agent));
    }
  });
}

void Cohort::learn(const Movers& movers, const PaddedMatrix& price, int phase, Index clock) {
  const bool is_last = phase + 1 == phase_count(learner_);
  for_blocks(movers.count(), kMoversPerTask, [&](Index task, Index begin, Index end) {
    for (Index r = begin; r < end; ++r) {
      const Index agent = movers.agents[static_cast<std::size_t>(r)];
      Index& updates = updates_[static_cast<std::size_t>(agent)];
      const double* gradient = price.row(r);
      if (!network_.is_table()) {
        network_.pull_back(parameters().row(agent), activations_.row(agent), price.row(r),
                           gradients_.row(task), scratch_.row(task));
        gradient = gradients_.row(task);
      }
      if (is_last) ++updates;
      gbid::learn(learner_, phase, clock, updates,
                  LearnerRow<double>{parameters().row(agent), gradient,
                                     moments_.empty() ? nullptr : moments_.front().row(agent),
                                     moments_.size() < 2 ? nullptr : moments_.back().row(agent),
                                     parameters().stride(), agent});
      if (!std::isfinite(sum(parameters().row(agent), parameters().stride())))
        throw NumericError(
            fmt::format("learner: the parameters of agent {} are not finite", agent));
    }
  });
}

double cohort_bytes(Index agents, const Network& network, const Learner& learner,
                    Index movers_per_step) {
  const auto row = static_cast<double>(padded(network.parameter_count()));
  double values = static_cast<double>(agents) * row * moment_count(learner);
  if (!network.is_table()) {
    values += static_cast<double>(agents) * row;
    values += static_cast<double>(agents) * static_cast<double>(padded(network.activation_count()));
    values += static_cast<double>(block_count(movers_per_step, kMoversPerTask)) * row;
  }
  return values * sizeof(double);
}

}  // namespace gbid
