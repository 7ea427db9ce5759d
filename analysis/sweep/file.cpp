// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/sweep/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "engine/record/atomic_hdf5.hpp"
#include "engine/record/published_file.hpp"
#include "engine/record/tile_writer.hpp"
#include "engine/record/tiles.hpp"

namespace gbid {
namespace {

/// Keys, one a line, as the user ordered them.
std::string swept_keys(const SweepGrid& grid) {
  std::vector<std::string> keys;
  for (const SweepAxis& axis : grid.axes) keys.push_back(axis.key);
  return fmt::format("{}", fmt::join(keys, "\n"));
}

/// Lets xarray take the swept keys for coordinates (CF conventions, section 5).
void name_coordinates(DataTable& table, const SweepGrid& grid) {
  std::string names;
  for (const SweepAxis& axis : grid.axes) {
    if (axis.key.find_first_of(" /") != std::string::npos) return;
    names += (names.empty() ? "" : " ") + axis.key;
  }
  for (DataColumn& column : table.columns) {
    const bool is_key = std::any_of(grid.axes.begin(), grid.axes.end(), [&](const SweepAxis& axis) {
      return axis.key == column.text.name;
    });
    if (!is_key) column.text.attributes["coordinates"] = names;
  }
}

/// The records of one regime of all points of a shape.
class StackedRegime {
 public:
  StackedRegime(const SweepPlan& plan, const SweepShape& shape, std::size_t regime,
                const std::vector<PointRecords>& points)
      : plan_(plan), shape_(shape), regime_(regime), points_(points) {
    for (const PointRecords& point : points)
      records_ = std::max(records_, point.record_count(regime));
  }

  void write(h5::hid parent, std::int32_t& next_dimension_id) {
    const RegimeLayout& layout = shape_.layout.regimes[regime_];
    GroupWriter group(parent, layout.name, next_dimension_id);
    for (const auto& [name, value] : layout.attributes) group.attribute(name, value);
    group.coordinate({.name = "point", .long_name = "number of the point in the sweep"},
                     shape_.points);
    group.coordinate({.name = "trial", .long_name = "independent repetition"},
                     count_up(shape_.layout.trials));
    write_coordinates(group, layout, records_);
    write_outcomes(group);
    write_variables(group);
  }

 private:
  std::int64_t count() const { return static_cast<std::int64_t>(points_.size()); }

  void write_outcomes(GroupWriter& group) const {
    std::vector<std::int8_t> statuses;
    std::vector<std::int64_t> steps_done;
    std::vector<std::string> messages;
    for (const PointRecords& point : points_)
      for (std::int64_t trial = 0; trial < shape_.layout.trials; ++trial) {
        Outcome outcome = point.outcome(regime_, trial);
        statuses.push_back(static_cast<std::int8_t>(outcome.status));
        steps_done.push_back(outcome.steps_done);
        messages.push_back(std::move(outcome.message));
      }
    const std::vector<std::string> axes = {"point", "trial"};
    group.write_flags({.name = "outcome", .long_name = "how the trial ended"}, axes, statuses,
                      kTrialStatusMeanings);
    group.write({.name = "steps_done", .long_name = "steps that the trial did"}, axes,
                std::span<const std::int64_t>(steps_done));
    group.write({.name = "message", .long_name = "why the trial failed"}, axes,
                std::span<const std::string>(messages));
  }

  void write_variables(GroupWriter& group) const {
    std::vector<TiledVariable> targets;
    if (points_.empty()) return;
    for (const RecordedVariable& source : points_.front().variables(regime_)) {
      TiledVariable target;
      std::vector<std::string> dimensions = {"point", "trial"};
      target.shape = {shape_.layout.trials};
      if (!source.is_final) {
        dimensions.push_back("step");
        target.shape.push_back(std::max<std::int64_t>(1, records_));
      }
      dimensions.insert(dimensions.end(), source.variable->dimensions.begin(),
                        source.variable->dimensions.end());
      target.shape.insert(target.shape.end(), source.sizes.begin(), source.sizes.end());
      target.tile = stacked_tile(target.shape);
      target.shape.insert(target.shape.begin(), count());
      target.level = deflate_level(target.shape, plan_.compression);
      target.dataset = group.create({.name = source.variable->name,
                                     .long_name = source.variable->long_name,
                                     .units = source.variable->units},
                                    dimensions, h5::Type::kFloat64, {target.tile, target.level});
      target.gather = [this, source](std::span<const std::int64_t> origin,
                                     std::span<const std::int64_t> box,
                                     std::span<double> out) { gather(source, origin, box, out); };
      targets.push_back(std::move(target));
    }
    write_tiles(targets);
  }

  /// As many points to a tile as fit where a point fills less than one; else a tile of one point.
  std::vector<std::int64_t> stacked_tile(const std::vector<std::int64_t>& of_point) const {
    const std::int64_t values =
        std::accumulate(of_point.begin(), of_point.end(), std::int64_t{1}, std::multiplies<>());
    const std::int64_t room = kTileBytes / static_cast<std::int64_t>(sizeof(double));
    std::vector<std::int64_t> tile = values <= room ? of_point : tile_shape(of_point);
    tile.insert(tile.begin(), values <= room ? std::min(count(), room / values) : 1);
    return tile;
  }

  void gather(const RecordedVariable& source, std::span<const std::int64_t> origin,
              std::span<const std::int64_t> box, std::span<double> out) const {
    std::vector<std::int64_t> inner(origin.begin() + 1, origin.end());
    std::vector<std::int64_t> size(box.begin() + 1, box.end());
    if (source.is_final) {  // the record axis
      inner.insert(inner.begin() + 1, 0);
      size.insert(size.begin() + 1, 1);
    }
    const std::size_t each = out.size() / static_cast<std::size_t>(box[0]);
    for (std::int64_t k = 0; k < box[0]; ++k) {
      const std::span<double> part = out.subspan(static_cast<std::size_t>(k) * each, each);
      const std::int64_t place = origin[0] + k;
      if (place < count())
        points_[static_cast<std::size_t>(place)].gather(source, inner, size, part);
      else
        std::fill(part.begin(), part.end(), std::numeric_limits<double>::quiet_NaN());
    }
  }

  const SweepPlan& plan_;
  const SweepShape& shape_;
  std::size_t regime_;
  const std::vector<PointRecords>& points_;
  std::int64_t records_ = 0;
};

void write_points(h5::hid file, const SweepPlan& plan, const Parts& parts,
                  std::int32_t& next_dimension_id) {
  const h5::Id all = h5::create_group(file, "points");
  for (std::size_t k = 0; k < plan.shapes.size(); ++k) {
    const SweepShape& shape = plan.shapes[k];
    const h5::Id group = h5::create_group(all.get(), std::to_string(k));
    std::vector<PointRecords> points;
    points.reserve(shape.points.size());
    for (const std::int64_t point : shape.points) points.emplace_back(plan, point, parts);
    for (std::size_t regime = 0; regime < shape.layout.regimes.size(); ++regime)
      StackedRegime(plan, shape, regime, points).write(group.get(), next_dimension_id);
  }
}

// Upper bound: the values as they are, and room for what surrounds them.
std::int64_t estimated_bytes(const SweepPlan& plan, const SweepTables& tables) {
  constexpr double kPerFile = 1 << 16, kPerVariable = 1 << 13, kPerCell = 64;
  double bytes = kPerFile;
  for (const SweepPoint& point : plan.points)
    bytes += point.record_bytes * 9.0 / 8.0 + static_cast<double>(point.scenario_toml.size());
  for (const SweepShape& shape : plan.shapes)
    for (const RegimeLayout& regime : shape.layout.regimes)
      bytes += kPerVariable * static_cast<double>(regime.trajectory.size() + regime.final.size() +
                                                  regime.dimensions.size() + 6) +
               8.0 * static_cast<double>(regime.steps.size());
  for (const DataTable* table : {&tables.points, &tables.rows})
    bytes += static_cast<double>(table->columns.size()) *
             (kPerVariable + kPerCell * static_cast<double>(table->rows()));
  return static_cast<std::int64_t>(bytes);
}

}  // namespace

bool publish_sweep(const SweepPlan& plan, const Parts& parts, const std::string& out_path,
                   const SweepFileOptions& options) {
  SweepTables tables = sweep_tables(plan, parts, options.tables);
  name_coordinates(tables.points, plan.grid);
  name_coordinates(tables.rows, plan.grid);
  RunLayout root;
  root.title = plan.title;
  root.scenario_toml = plan.scenario_toml;
  root.seed = plan.seed;
  root.command_line = valid_utf8(options.command_line);
  root.created = options.created;
  root.version = options.version;
  root.build = options.build;
  const AtomicHdf5 file{estimated_bytes(plan, tables), options.force};
  write_hdf5_atomically(out_path, file, [&](h5::hid id) {
    write_root(id, root, tables.is_complete ? "complete" : "partial");
    h5::write_attribute(id, "kind", std::string("sweep"));
    std::int32_t next_dimension_id = 0;
    {
      GroupWriter summary(id, "summary", next_dimension_id);
      summary.attribute("swept_keys", swept_keys(plan.grid));
      summary.attribute("seeds", plan.grid.seeds == SweepSeeds::kCommon ? "common" : "independent");
      summary.attribute("zip", plan.grid.is_zipped ? "true" : "false");
      summary.coordinate({.name = "point", .long_name = "number of the point"},
                         count_up(static_cast<std::int64_t>(plan.points.size())));
      write_columns(summary, "point", tables.points);
    }
    if (tables.rows.rows() > 0) {
      GroupWriter rows(id, "table", next_dimension_id);
      rows.coordinate({.name = "row", .long_name = "a trial of a regime of a point"},
                      count_up(static_cast<std::int64_t>(tables.rows.rows())));
      write_columns(rows, "row", tables.rows);
    }
    write_points(id, plan, parts, next_dimension_id);
  });
  return tables.is_complete;
}

}  // namespace gbid
