// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <vector>

#include "engine/record/run_records.hpp"
#include "engine/sweep/part.hpp"
#include "scenarios/sweep/plan.hpp"

namespace gbid {

/// One point of a sweep as the run that it is. Must not outlive the plan and the parts.
class PointRecords final : public RunRecords {
 public:
  /// @param point  that can be played.
  PointRecords(const SweepPlan& plan, std::int64_t point, const Parts& parts);

  /// Without scenario and seed, which the plan keeps.
  const RunLayout& layout() const noexcept override { return *layout_; }
  std::int64_t record_count(std::size_t regime) const override;
  Outcome outcome(std::size_t regime, std::int64_t trial) const override;
  void gather(const RecordedVariable& source, std::span<const std::int64_t> origin,
              std::span<const std::int64_t> shape, std::span<double> out) const override;

  /// Wall-clock time of a simulation; NaN if it was not played.
  double seconds(std::size_t regime, std::int64_t trial) const;

 private:
  const StoredUnit* unit(std::size_t regime, std::int64_t trial) const {
    return units_[regime * static_cast<std::size_t>(layout_->trials) +
                  static_cast<std::size_t>(trial)];
  }

  const RunLayout* layout_;
  std::vector<std::int64_t> trajectory_widths_;
  std::vector<const StoredUnit*> units_;  // (regime x trial), null where it was not played
};

}  // namespace gbid
