// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/record/regime_writer.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "engine/record/tiles.hpp"

namespace gbid {
namespace {

/// `step`, of the first records, and the dimensions of the regime itself.
void write_coordinates(GroupWriter& group, const RegimeLayout& layout, std::int64_t records) {
  if (!layout.trajectory.empty()) {
    // netCDF knows no fixed axis of length 0: where nothing was recorded, one step of NaN stands
    // for it.
    const auto recorded = static_cast<std::size_t>(std::max<std::int64_t>(1, records));
    group.coordinate({.name = "step", .long_name = "steps done when this was recorded"},
                     std::span(layout.steps).first(recorded));
  }
  for (const Dimension& dimension : layout.dimensions)
    group.coordinate({.name = dimension.name, .long_name = dimension.long_name},
                     count_up(dimension.size));
}

}  // namespace

RegimeWriter::RegimeWriter(const RunRecords& run, std::size_t regime)
    : RegimeWriter({&run}, regime, run.layout().compression) {
  is_stacked_ = false;
  axes_ = {"trial"};
}

RegimeWriter::RegimeWriter(std::vector<const RunRecords*> runs, std::size_t regime, int compression)
    : runs_(std::move(runs)),
      regime_(regime),
      compression_(compression),
      is_stacked_(true),
      axes_{"point", "trial"} {
  for (const RunRecords* run : runs_) records_ = std::max(records_, run->record_count(regime));
}

void RegimeWriter::write(GroupWriter& group) const {
  const RegimeLayout& regime = layout().regimes[regime_];
  for (const auto& [name, value] : regime.attributes) group.attribute(name, value);
  write_coordinates(group, regime, records_);
  write_outcomes(group);
  write_variables(group);
}

void RegimeWriter::write_outcomes(GroupWriter& group) const {
  std::vector<std::int8_t> statuses;
  std::vector<std::int64_t> steps_done;
  std::vector<std::string> messages;
  for (const RunRecords* run : runs_)
    for (std::int64_t trial = 0; trial < layout().trials; ++trial) {
      Outcome outcome = run->outcome(regime_, trial);
      statuses.push_back(static_cast<std::int8_t>(outcome.status));
      steps_done.push_back(outcome.steps_done);
      messages.push_back(std::move(outcome.message));
    }
  group.write_flags({.name = "outcome", .long_name = "how the trial ended"}, axes_, statuses,
                    kTrialStatusMeanings);
  group.write({.name = "steps_done", .long_name = "steps that the trial did"}, axes_,
              std::span<const std::int64_t>(steps_done));
  group.write({.name = "message", .long_name = "why the trial failed"}, axes_,
              std::span<const std::string>(messages));
}

void RegimeWriter::write_variables(GroupWriter& group) const {
  std::vector<TiledVariable> targets;
  for (const RecordedVariable& source : runs_.front()->variables(regime_))
    targets.push_back(target(group, source));
  write_tiles(targets);
}

TiledVariable RegimeWriter::target(GroupWriter& group, const RecordedVariable& source) const {
  const Variable& variable = *source.variable;
  std::vector<std::string> dimensions = axes_;
  TiledVariable target;
  target.shape = {layout().trials};
  if (!source.is_final) {
    dimensions.push_back("step");
    target.shape.push_back(std::max<std::int64_t>(1, records_));
  }
  dimensions.insert(dimensions.end(), variable.dimensions.begin(), variable.dimensions.end());
  target.shape.insert(target.shape.end(), source.sizes.begin(), source.sizes.end());
  target.tile = tile(target.shape);
  if (is_stacked_) target.shape.insert(target.shape.begin(), count());
  target.level = deflate_level(target.shape, compression_);
  target.dataset = group.create(
      {.name = variable.name, .long_name = variable.long_name, .units = variable.units}, dimensions,
      h5::Type::kFloat64, {target.tile, target.level});
  target.gather = [this, source](std::span<const std::int64_t> origin,
                                 std::span<const std::int64_t> box,
                                 std::span<double> out) { gather(source, origin, box, out); };
  return target;
}

/// As many runs to a tile as fit where a run fills less than one; else a tile of one run.
std::vector<std::int64_t> RegimeWriter::tile(const std::vector<std::int64_t>& of_run) const {
  if (!is_stacked_)
    return of_run.size() == 1 ? std::vector{tile_length(of_run.front())} : tile_shape(of_run);
  const std::int64_t values =
      std::accumulate(of_run.begin(), of_run.end(), std::int64_t{1}, std::multiplies<>());
  const std::int64_t room = kTileBytes / static_cast<std::int64_t>(sizeof(double));
  std::vector<std::int64_t> tile = values <= room ? of_run : tile_shape(of_run);
  tile.insert(tile.begin(), values <= room ? std::min(count(), room / values) : 1);
  return tile;
}

void RegimeWriter::gather(const RecordedVariable& source, std::span<const std::int64_t> origin,
                          std::span<const std::int64_t> box, std::span<double> out) const {
  if (!is_stacked_) return gather_run(0, source, origin, box, out);
  const std::size_t each = out.size() / static_cast<std::size_t>(box[0]);
  for (std::int64_t k = 0; k < box[0]; ++k)
    gather_run(origin[0] + k, source, origin.subspan(1), box.subspan(1),
               out.subspan(static_cast<std::size_t>(k) * each, each));
}

void RegimeWriter::gather_run(std::int64_t run, const RecordedVariable& source,
                              std::span<const std::int64_t> origin,
                              std::span<const std::int64_t> box, std::span<double> out) const {
  if (run >= count()) return std::fill(out.begin(), out.end(), std::nan(""));
  std::vector<std::int64_t> from(origin.begin(), origin.end());
  std::vector<std::int64_t> size(box.begin(), box.end());
  if (source.is_final) {  // the record axis
    from.insert(from.begin() + 1, 0);
    size.insert(size.begin() + 1, 1);
  }
  runs_[static_cast<std::size_t>(run)]->gather(source, from, size, out);
}

}  // namespace gbid
