// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "agents/cohort.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace gbid {
namespace {

// Rows begin on a cache line.
constexpr Index kCacheLine = 64;

template <class T>
constexpr Index kValuesPerLine = kCacheLine / static_cast<Index>(sizeof(T));

/// Rows a multiple of 4 KiB apart would compete for the same places of the cache; they get one line
/// more.
template <class T>
Index stride_of(Index parameters) {
  constexpr Index kPage = 4096;
  const Index lines = (parameters + kValuesPerLine<T> - 1) / kValuesPerLine<T>;
  return (lines + (lines > 0 && lines * kCacheLine % kPage == 0)) * kValuesPerLine<T>;
}

}  // namespace

template <class T>
Cohort<T>::Cohort(Index agents, Index parameters, const Learner& learner, Gradients gradients)
    : learner_(learner),
      agents_(agents),
      parameter_count_(parameters),
      stride_(stride_of<T>(parameters)),
      parameters_(agents * stride_),
      gradients_(gradients == Gradients::kKept ? agents * stride_ : 0),
      updates_(static_cast<std::size_t>(agents), 0) {
  for (int k = 0; k < gbid::moment_count(learner); ++k) moments_.emplace_back(agents * stride_);
}

std::string not_finite(Index agent) {
  return fmt::format("learner: the parameters of agent {} are not finite", agent);
}

ArraySpec updates_spec() {
  return {{"updates", "updates that the agent has made", "1", {"agent"}},
          Role::kCounter,
          Recorded::kTrajectory};
}

template <class T>
void Cohort<T>::declare(State& state, const std::string& prefix, const std::string& dimension) {
  const auto add = [&](const char* name, const char* help, Role role, Buffer<T>& rows) {
    state.add({{prefix + name, help, "1", {dimension, prefix + "parameter"}}, role}, rows.data(),
              agents_, parameter_count_, stride_);
  };
  add("parameters", "parameters of the agents' networks", Role::kParameter, parameters_);
  const char* const names[] = {"first_moment", "second_moment"};
  for (std::size_t k = 0; k < moments_.size(); ++k)
    add(names[k], "what the learner remembers of every parameter", Role::kMoment, moments_[k]);
  ArraySpec updates = updates_spec();
  if (!prefix.empty()) {
    updates.variable.name = prefix + updates.variable.name;
    updates.variable.dimensions = {dimension};
    updates.recorded = Recorded::kNever;
  }
  state.add(updates, updates_);
}

template <class T>
void Cohort<T>::forget() {
  for (Buffer<T>& moment : moments_) std::fill_n(moment.data(), moment.size(), T{0});
  std::fill(updates_.begin(), updates_.end(), Index{0});
}

template <class T>
void Cohort<T>::count_updates(std::span<const Index> agents, int phase) {
  if (phase + 1 < phases()) return;
  for (const Index agent : agents) count_update(agent);
}

template <class T>
LearnerRows<T> Cohort<T>::rows(std::span<const Index> agents, Index begin, Index length, int phase,
                               Index clock) {
  const auto moment = [&](std::size_t k) {
    return k < moments_.size() ? moments_[k].data() + begin : nullptr;
  };
  return {.parameters = parameters_.data() + begin,
          .first = moment(0),
          .second = moment(1),
          .stride = stride_,
          .gradients = gradients_.data() + begin,
          .gradient_stride = stride_,
          .length = length,
          .agents = agents,
          .updates = updates_.data(),
          .clock = clock,
          .phase = phase};
}

template <class T>
void Cohort<T>::learn(std::span<const Index> agents, Index begin, Index end, int phase,
                      Index clock) {
  gbid::learn(learner_, rows(agents, begin, end - begin, phase, clock));
}

template <class T>
void Cohort<T>::learn_from(const T* gradients, Index stride, std::span<const Index> agents,
                           int phase, Index clock) {
  // Whole vectors: zeros behind the last value stay zero.
  const Index length = (parameter_count_ + kLanes - 1) / kLanes * kLanes;
  LearnerRows<T> rows = this->rows(agents, 0, length, phase, clock);
  rows.gradients = gradients;
  rows.gradient_stride = stride;
  rows.has_gradient_per_entry = true;
  gbid::learn(learner_, rows);
}

template <class T>
bool Cohort<T>::is_finite(Index agent) const {
  // Sums side by side, over the zeros behind the last value, too: one is not finite if any value is
  // not.
  std::array<T, static_cast<std::size_t>(kValuesPerLine<T>)> sums{};
  const T* values = row(agent);
  for (Index k = 0; k < stride_; k += kValuesPerLine<T>)
    for (std::size_t lane = 0; lane < sums.size(); ++lane)
      sums[lane] += values[k + static_cast<Index>(lane)];
  return std::all_of(sums.begin(), sums.end(), [](T sum) { return std::isfinite(sum); });
}

template <class T>
double Cohort<T>::bytes(Index agents, Index parameters, const Learner& learner,
                        Gradients gradients) {
  const int blocks = 1 + (gradients == Gradients::kKept) + gbid::moment_count(learner);
  return static_cast<double>(agents) * static_cast<double>(stride_of<T>(parameters)) * sizeof(T) *
         blocks;
}

template class Cohort<float>;
template class Cohort<double>;

}  // namespace gbid
