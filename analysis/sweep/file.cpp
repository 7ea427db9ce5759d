// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/sweep/file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/record/atomic_hdf5.hpp"
#include "engine/record/published_file.hpp"
#include "engine/record/regime_writer.hpp"

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

void write_points(h5::hid file, const SweepPlan& plan, const Parts& parts,
                  std::int32_t& next_dimension_id) {
  const h5::Id all = h5::create_group(file, "points");
  for (std::size_t k = 0; k < plan.shapes.size(); ++k) {
    const SweepShape& shape = plan.shapes[k];
    const h5::Id group = h5::create_group(all.get(), std::to_string(k));
    std::vector<PointRecords> points;
    points.reserve(shape.points.size());
    for (const std::int64_t point : shape.points) points.emplace_back(plan, point, parts);
    std::vector<const RunRecords*> runs;
    for (const PointRecords& point : points) runs.push_back(&point);
    for (std::size_t regime = 0; regime < shape.layout.regimes.size(); ++regime) {
      GroupWriter stacked(group.get(), shape.layout.regimes[regime].name, next_dimension_id);
      stacked.coordinate({.name = "point", .long_name = "number of the point in the sweep"},
                         shape.points);
      stacked.coordinate({.name = "trial", .long_name = "independent repetition"},
                         count_up(shape.layout.trials));
      RegimeWriter(runs, regime, plan.compression).write(stacked);
    }
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
