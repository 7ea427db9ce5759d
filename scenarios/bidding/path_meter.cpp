// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/bidding/path_meter.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "engine/stepping/blocks.hpp"

namespace gbid {
namespace {

constexpr Index kMoversABlock = 256;

void copy(const PaddedMatrix& from, PaddedMatrix& to) {
  std::copy_n(from.row(0), from.rows() * from.stride(), to.row(0));
}

}  // namespace

PathMeter::PathMeter(Index agents, Index bids)
    : start_(agents, bids),
      bids_(agents, bids),
      parts_(static_cast<std::size_t>(block_count(agents, kMoversABlock))) {
  for (Mark& mark : marks_) mark.bids = PaddedMatrix(agents, bids);
}

void PathMeter::follow(const Movers& movers, const PaddedMatrix& raw) {
  if (++steps_ == 0) {
    copy(raw, start_);
    copy(raw, bids_);
    return;
  }
  // 1. The length of this step.
  for_blocks(movers.count(), kMoversABlock, [&](Index block, Index begin, Index end) {
    double sum = 0.0;
    for (Index r = begin; r < end; ++r) {
      const Index agent = movers.agents[static_cast<std::size_t>(r)];
      for (Index k = 0; k < raw.columns(); ++k) {
        const double step = raw(agent, k) - bids_(agent, k);
        sum += step * step;
        bids_(agent, k) = raw(agent, k);
      }
    }
    parts_[static_cast<std::size_t>(block)] = sum;
  });
  double squared = 0.0;
  for (Index block = 0; block < block_count(movers.count(), kMoversABlock); ++block)
    squared += parts_[static_cast<std::size_t>(block)];
  travelled_ += std::sqrt(squared);
  // 2. Where windows may begin.
  if (!std::has_single_bit(static_cast<std::uint64_t>(steps_))) return;
  std::swap(marks_[0], marks_[1]);
  marks_[1].step = steps_;
  marks_[1].travelled = travelled_;
  copy(bids_, marks_[1].bids);
}

double PathMeter::distance(const PaddedMatrix& from) const {
  double squared = 0.0;
  for (Index i = 0; i < from.rows(); ++i)
    for (Index k = 0; k < from.columns(); ++k) {
      const double step = bids_(i, k) - from(i, k);
      squared += step * step;
    }
  return std::sqrt(squared);
}

Cycling PathMeter::cycling() const {
  Cycling found;
  const bool is_late = 2 * (steps_ - marks_[1].step) >= marks_[1].step;
  const Mark& begin = marks_[is_late ? 1 : 0];
  if (begin.step == 0 || steps_ <= begin.step) return found;  // too short to tell
  const double length = travelled_ - begin.travelled;
  if (!(length > 0.0) || !(begin.travelled > 0.0)) return found;
  found.turning = 1.0 - distance(begin.bids) / length;
  found.motion_left = length / static_cast<double>(steps_ - begin.step) /
                      (begin.travelled / static_cast<double>(begin.step));
  found.cycling = found.turning * std::min(1.0, found.motion_left);
  return found;
}

std::vector<Variable> path_variables() {
  return {
      {"distance_travelled", "length of the path of all raw bids so far", "1", {}},
      {"displacement", "distance of all raw bids from where they started", "1", {}},
  };
}

bool is_path_variable(const std::string& name) {
  return name == "distance_travelled" || name == "displacement";
}

std::vector<Variable> cycling_variables() {
  return {
      {"cycling", "turning of the last window times the motion left in it, 0 to 1", "1", {}},
      {"turning", "1 - net by travelled distance in the last window", "1", {}},
      {"motion_left", "mean step in the last window by the mean step before it", "1", {}},
      {"is_cycling",
       "1 if cycling is above a half: the run goes round and does not settle",
       "1",
       {}},
  };
}

}  // namespace gbid
