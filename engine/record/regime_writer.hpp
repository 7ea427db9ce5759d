// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/record/group_writer.hpp"
#include "engine/record/run_records.hpp"
#include "engine/record/tile_writer.hpp"

namespace gbid {

/// Writes one regime of a run, or of several runs of one layout side by side:
///
///   outcome, steps_done, message   over (trial), or (point, trial)
///   every recorded variable        over (trial, step, ...), or (point, trial, step, ...)
///
/// The group must have the coordinates that come before `step`.
class RegimeWriter {
 public:
  /// One run.
  RegimeWriter(const RunRecords& run, std::size_t regime);
  /// @param runs  of one layout, over the axis `point`; at least one.
  /// @param compression  gzip level, 0 to 9.
  RegimeWriter(std::vector<const RunRecords*> runs, std::size_t regime, int compression);

  /// Attributes, coordinates from `step` on, outcomes and variables.
  void write(GroupWriter& group) const;

 private:
  const RunLayout& layout() const { return runs_.front()->layout(); }
  std::int64_t count() const { return static_cast<std::int64_t>(runs_.size()); }
  void write_outcomes(GroupWriter& group) const;
  void write_variables(GroupWriter& group) const;
  TiledVariable target(GroupWriter& group, const RecordedVariable& source) const;
  std::vector<std::int64_t> tile(const std::vector<std::int64_t>& of_run) const;
  void gather(const RecordedVariable& source, std::span<const std::int64_t> origin,
              std::span<const std::int64_t> box, std::span<double> out) const;
  void gather_run(std::int64_t run, const RecordedVariable& source,
                  std::span<const std::int64_t> origin, std::span<const std::int64_t> box,
                  std::span<double> out) const;

  std::vector<const RunRecords*> runs_;
  std::size_t regime_;
  int compression_;
  bool is_stacked_;
  std::vector<std::string> axes_;  // that come before `step`
  std::int64_t records_ = 0;       // of the longest trial
};

}  // namespace gbid
