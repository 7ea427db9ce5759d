// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "agents/lane_tables.hpp"

#include <fmt/format.h>

#include <limits>
#include <numeric>

namespace gbid {
namespace {

// A Cohort's rows are checked in sums of every eighth value.
constexpr Index kSums = 8;

Wide* wides(WideInMemory* x) { return reinterpret_cast<Wide*>(x); }

}  // namespace

LaneTables::LaneTables(std::vector<Cohort<double>*> cohorts, const Learner& learner)
    : cohorts_(std::move(cohorts)),
      learner_(learner),
      agents_(cohorts_.front()->agents()),
      width_(cohorts_.front()->parameter_count()),
      everyone_(static_cast<std::size_t>(agents_)),
      parameters_(agents_ * width_),
      updates_(everyone_.size()),
      names_(everyone_.size()) {
  std::iota(everyone_.begin(), everyone_.end(), Index{0});
  for (const Index agent : everyone_)
    names_[static_cast<std::size_t>(agent)] = WideIntegers{} + agent;
  spare_.emplace_back(width_);
  for (int k = 0; k < cohorts_.front()->moment_count(); ++k) {
    moments_.emplace_back(agents_ * width_);
    spare_.emplace_back(width_);
  }
  for (std::size_t trial = 0; trial < cohorts_.size(); ++trial) take(static_cast<Index>(trial));
}

void LaneTables::learn(BlockMovers movers, LaneSet lanes, const WideInMemory* gradients, int phase,
                       std::span<std::string> failures) {
  const Movers& some = some_movers(movers, lanes);
  const bool is_last = phase + 1 == phase_count(learner_);
  const WideIntegers counted = is_last ? condition_of(lanes) : WideIntegers{};  // minus one in each
  std::array<Wide*, 3> rows{};
  // 1. All agents: their rows lie side by side.
  if (some.is_everyone) {
    for (WideIntegers& updates : updates_) updates -= counted;
    rows[0] = wides(parameters_.data());
    for (std::size_t k = 0; k < moments_.size(); ++k) rows[k + 1] = wides(moments_[k].data());
    update(rows, updates_.data(), names_.data(), agents_, gradients, phase, some.clock);
    for (const Index agent : everyone_)
      check(LaneAgents::all(agent), parameters_.data() + agent * width_, lanes, failures);
    return;
  }
  // 2. Some: each trial's own row is fetched and put back.
  for (std::size_t k = 0; k < spare_.size(); ++k) rows[k] = wides(spare_[k].data());
  for (Index r = 0; r < some.count(); ++r) {
    const LaneAgents agents = movers_at(movers, r, lanes);
    const auto memory = [&](std::size_t k) {
      return doubles(k == 0 ? parameters_.data() : moments_[k - 1].data());
    };
    const WideIntegers places = agents.places(width_);
    for (std::size_t k = 0; k < spare_.size(); ++k)
      for (Index j = 0; j < width_; ++j) rows[k][j] = gather(memory(k) + j * kWideLanes, places);
    WideIntegers updates;
    for (Index lane = 0; lane < kWideLanes; ++lane)
      updates[lane] = updates_[static_cast<std::size_t>(agents.in(lane))][lane] -= counted[lane];
    update(rows, &updates, &agents.agent, 1, gradients + r * width_, phase, some.clock);
    for (std::size_t k = 0; k < spare_.size(); ++k)
      for (Index j = 0; j < width_; ++j) scatter(memory(k) + j * kWideLanes, places, rows[k][j]);
    check(agents, spare_[0].data(), lanes, failures);
  }
}

void LaneTables::update(const std::array<Wide*, 3>& rows, const WideIntegers* updates,
                        const WideIntegers* names, Index count, const WideInMemory* gradients,
                        int phase, Index clock) {
  gbid::learn(learner_, LearnerRows<Wide>{
                            .parameters = rows[0],
                            .first = rows[1],
                            .second = rows[2],
                            .stride = width_,
                            .gradients = reinterpret_cast<const Wide*>(gradients),
                            .gradient_stride = width_,
                            .has_gradient_per_entry = true,
                            .length = width_,
                            .agents = std::span(everyone_).first(static_cast<std::size_t>(count)),
                            .updates = updates,
                            .names = names,
                            .clock = clock,
                            .clock_memo = &clock_memo_,
                            .phase = phase});
}

void LaneTables::check(const LaneAgents& agents, const WideInMemory* row, LaneSet lanes,
                       std::span<std::string> failures) const {
  std::array<Wide, static_cast<std::size_t>(kSums)> sums{};
  for (Index j = 0; j < width_; ++j) {
    Wide& sum = sums[static_cast<std::size_t>(j % kSums)];
    sum = sum + row[j];
  }
  const Wide infinity = wide(std::numeric_limits<double>::infinity());
  WideIntegers is_finite = condition_of(lanes);
  for (const Wide sum : sums) is_finite &= greater(infinity, sum) & greater(sum, -infinity);
  for (LaneSet bad = lanes & ~set_of(is_finite); bad != 0; bad &= bad - 1) {
    const int lane = __builtin_ctz(bad);
    std::string& failure = failures[static_cast<std::size_t>(lane)];
    if (failure.empty()) failure = not_finite(agents.in(lane));
  }
}

void LaneTables::give(Index trial, std::span<const Index> agents) const {
  Cohort<double>& to = *cohorts_[static_cast<std::size_t>(trial)];
  for (const Index agent : agents) {
    const auto copy = [&](const WideBuffer& from, double* row) {
      for (Index j = 0; j < width_; ++j) row[j] = from.at(agent * width_ + j, trial);
    };
    copy(parameters_, to.row(agent));
    for (std::size_t k = 0; k < moments_.size(); ++k)
      copy(moments_[k], to.moment(static_cast<int>(k), agent));
    const auto i = static_cast<std::size_t>(agent);
    to.updates()[i] = updates_[i][trial];
  }
}

void LaneTables::take(Index trial) {
  Cohort<double>& from = *cohorts_[static_cast<std::size_t>(trial)];
  for (const Index agent : everyone_) {
    const auto copy = [&](const double* row, WideBuffer& to) {
      for (Index j = 0; j < width_; ++j) to.at(agent * width_ + j, trial) = row[j];
    };
    copy(from.row(agent), parameters_);
    for (std::size_t k = 0; k < moments_.size(); ++k)
      copy(from.moment(static_cast<int>(k), agent), moments_[k]);
    const auto i = static_cast<std::size_t>(agent);
    updates_[i][trial] = from.updates()[i];
  }
}

}  // namespace gbid
