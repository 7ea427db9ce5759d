// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "scenarios/sweep/point_records.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/record/box_copy.hpp"

namespace gbid {

PointRecords::PointRecords(const SweepPlan& plan, std::int64_t point, const Parts& parts)
    : layout_(&plan.layout_of(plan.points[static_cast<std::size_t>(point)])) {
  for (std::uint32_t regime = 0; regime < layout_->regimes.size(); ++regime) {
    const std::int64_t width = trajectory_width(layout_->regimes[regime]);
    const std::int64_t finals = final_width(layout_->regimes[regime]);
    const auto most = static_cast<std::int64_t>(layout_->regimes[regime].steps.size()) * width;
    trajectory_widths_.push_back(width);
    for (std::int64_t trial = 0; trial < layout_->trials; ++trial) {
      const StoredUnit* found = parts.find({point, regime, trial});
      // Checksums and the fingerprint fit, so this only happens if another build wrote it.
      const bool is_whole = found != nullptr &&
                            static_cast<std::int64_t>(found->trajectory.size()) <= most &&
                            (found->final_values.empty() ||
                             static_cast<std::int64_t>(found->final_values.size()) == finals);
      units_.push_back(is_whole ? found : nullptr);
    }
  }
}

std::int64_t PointRecords::record_count(std::size_t regime) const {
  const std::int64_t width = trajectory_widths_[regime];
  std::size_t longest = 0;
  for (std::int64_t trial = 0; trial < layout_->trials; ++trial)
    if (const StoredUnit* found = unit(regime, trial))
      longest = std::max(longest, found->trajectory.size());
  return width == 0 ? 0 : static_cast<std::int64_t>(longest) / width;
}

Outcome PointRecords::outcome(std::size_t regime, std::int64_t trial) const {
  const StoredUnit* found = unit(regime, trial);
  if (found == nullptr) return {};
  return {found->status, found->steps_done, std::string(found->message)};
}

double PointRecords::seconds(std::size_t regime, std::int64_t trial) const {
  const StoredUnit* found = unit(regime, trial);
  return found == nullptr ? std::nan("") : found->seconds;
}

void PointRecords::gather(const RecordedVariable& source, std::span<const std::int64_t> origin,
                          std::span<const std::int64_t> shape, std::span<double> out) const {
  std::fill(out.begin(), out.end(), std::numeric_limits<double>::quiet_NaN());
  const BoxCopy copy(source.sizes, origin.subspan(2), shape.subspan(2));
  const std::int64_t width = trajectory_widths_[source.regime];
  const std::int64_t end_trial = std::min(origin[0] + shape[0], layout_->trials);
  for (std::int64_t trial = origin[0]; trial < end_trial; ++trial) {
    const StoredUnit* found = unit(source.regime, trial);
    if (found == nullptr) continue;
    const std::span<const double> values =
        source.is_final ? found->final_values : found->trajectory;
    const std::int64_t records = source.is_final ? (values.empty() ? 0 : 1)
                                 : width == 0    ? 0
                                                 : static_cast<std::int64_t>(values.size()) / width;
    const std::int64_t end = std::min(origin[1] + shape[1], records);
    for (std::int64_t r = origin[1]; r < end; ++r) {
      const std::int64_t row = (trial - origin[0]) * shape[1] + (r - origin[1]);
      copy(values.data() + r * width + source.offset, out.data() + row * copy.target_size());
    }
  }
}

}  // namespace gbid
