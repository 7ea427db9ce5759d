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
  // Copied, not swapped: the table of the trial's arrays knows them by where they lie.
  marks_[0].step = marks_[1].step;
  marks_[0].travelled = marks_[1].travelled;
  copy(marks_[1].bids, marks_[0].bids);
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
  if (begin.step == 0 || steps_ <= begin.step) return found;  // too short to judge
  const double length = travelled_ - begin.travelled;
  if (!(length > 0.0) || !(begin.travelled > 0.0)) return found;
  found.turning = 1.0 - distance(begin.bids) / length;
  found.motion_left = length / static_cast<double>(steps_ - begin.step) /
                      (begin.travelled / static_cast<double>(begin.step));
  found.cycling = found.turning * std::min(1.0, found.motion_left);
  return found;
}

const std::vector<ArrayRow<PathMeter>>& PathMeter::arrays() {
  const auto number = [](Recorded recorded, Variable variable, double (*value)(const PathMeter&)) {
    const std::string group = recorded == Recorded::kFinal ? kCycling : "";
    return derived<PathMeter>({std::move(variable), Role::kDerived, recorded, group},
                              [value](const PathMeter& meter, double* out) {
                                *out = value(meter);
                                return out + 1;
                              });
  };
  using M = const PathMeter&;
  static const std::vector<ArrayRow<PathMeter>> rows{
      number(Recorded::kTrajectory,
             {"distance_travelled", "length of the path of all raw bids so far", "1", {}},
             [](M meter) { return meter.travelled_; }),
      number(Recorded::kTrajectory,
             {"displacement", "distance of all raw bids from where they started", "1", {}},
             [](M meter) { return meter.displacement_; }),
      number(Recorded::kFinal,
             {"cycling", "turning of the last window times the motion left in it, 0 to 1", "1", {}},
             [](M meter) { return meter.cycling_.cycling; }),
      number(Recorded::kFinal,
             {"turning", "1 - net by travelled distance in the last window", "1", {}},
             [](M meter) { return meter.cycling_.turning; }),
      number(Recorded::kFinal,
             {"motion_left",
              "mean step in the last window divided by the mean step before it",
              "1",
              {}},
             [](M meter) { return meter.cycling_.motion_left; }),
      number(Recorded::kFinal,
             {"is_cycling",
              "1 if cycling is above a half: the run goes round and does not settle",
              "1",
              {}},
             [](M meter) { return meter.cycling_.is_cycling() ? 1.0 : 0.0; }),
  };
  return rows;
}

void PathMeter::declare(State& state) {
  bind_all(arrays(), state, *this);
  const auto carried = [](const char* name, const char* help) {
    return ArraySpec{{name, help, "1", {"agent", "bid"}}, Role::kCarried};
  };
  const auto number = [](const char* name, const char* help, Role role) {
    return ArraySpec{{name, help, "1", {}}, role};
  };
  state.add(carried("path_start", "raw bids at the start"), start_);
  state.add(carried("path_bids", "raw bids when last followed"), bids_);
  state.add(carried("path_older_mark", "raw bids at the older mark"), marks_[0].bids);
  state.add(carried("path_newer_mark", "raw bids at the newer mark"), marks_[1].bids);
  for (std::size_t k = 0; k < marks_.size(); ++k) {
    const std::string which = k == 0 ? "path_older" : "path_newer";
    state.add(number((which + "_step").c_str(), "step of the mark", Role::kCounter),
              marks_[k].step);
    state.add(
        number((which + "_travelled").c_str(), "length of the path at the mark", Role::kCarried),
        marks_[k].travelled);
  }
  state.add(number("path_steps", "steps followed", Role::kCounter), steps_);
  state.add(number("path_travelled", "length of the path", Role::kCarried), travelled_);
}

void PathMeter::derive() {
  displacement_ = displacement();
  cycling_ = cycling();
}

}  // namespace gbid
