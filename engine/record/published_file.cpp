// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/record/published_file.hpp"

#include <algorithm>

#include "engine/core/sha256.hpp"
#include "engine/record/tile_writer.hpp"
#include "engine/record/tiles.hpp"

namespace gbid {
namespace {

constexpr std::int64_t kFormatVersion[] = {1, 0};

}  // namespace

GroupWriter PublishedFile::add_group(const std::string& name) {
  GroupWriter group(file_, name, next_dimension_id_);
  group.coordinate({.name = "trial", .long_name = "independent repetition"},
                   count_up(records_.layout().trials));
  return group;
}

void PublishedFile::write_run(const std::string& status) {
  write_root(file_, records_.layout(), status);
  for (std::size_t k = 0; k < records_.layout().regimes.size(); ++k) write_regime(k);
}

void PublishedFile::write_regime(std::size_t regime) {
  const RegimeLayout& layout = records_.layout().regimes[regime];
  GroupWriter group = add_group(layout.name);
  for (const auto& [name, value] : layout.attributes) group.attribute(name, value);
  write_coordinates(group, layout, records_.record_count(regime));
  write_outcomes(group, regime);
  write_variables(group, regime);
}

void PublishedFile::write_outcomes(GroupWriter& group, std::size_t regime) {
  std::vector<std::int8_t> statuses;
  std::vector<std::int64_t> steps_done;
  std::vector<std::string> messages;
  for (std::int64_t trial = 0; trial < records_.layout().trials; ++trial) {
    Outcome outcome = records_.outcome(regime, trial);
    statuses.push_back(static_cast<std::int8_t>(outcome.status));
    steps_done.push_back(outcome.steps_done);
    messages.push_back(std::move(outcome.message));
  }
  group.write_flags({.name = "outcome", .long_name = "how the trial ended"}, {"trial"}, statuses,
                    kTrialStatusMeanings);
  group.write({.name = "steps_done", .long_name = "steps that the trial did"}, {"trial"},
              std::span<const std::int64_t>(steps_done));
  group.write({.name = "message", .long_name = "why the trial failed"}, {"trial"},
              std::span<const std::string>(messages));
}

void PublishedFile::write_variables(GroupWriter& group, std::size_t regime) {
  const RunLayout& layout = records_.layout();
  std::vector<TiledVariable> targets;
  for (const RecordedVariable& source : records_.variables(regime)) {
    TiledVariable target;
    const Variable& variable = *source.variable;
    std::vector<std::string> dimensions = {"trial"};
    target.shape = {layout.trials};
    if (!source.is_final) {
      dimensions.push_back("step");
      target.shape.push_back(std::max<std::int64_t>(1, records_.record_count(regime)));
    }
    dimensions.insert(dimensions.end(), variable.dimensions.begin(), variable.dimensions.end());
    target.shape.insert(target.shape.end(), source.sizes.begin(), source.sizes.end());
    target.tile = tile_shape(target.shape);
    if (target.shape.size() == 1) target.tile[0] = tile_length(layout.trials);
    target.level = deflate_level(target.shape, layout.compression);
    target.dataset = group.create(
        {.name = variable.name, .long_name = variable.long_name, .units = variable.units},
        dimensions, h5::Type::kFloat64, {target.tile, target.level});
    target.gather = [this, source](std::span<const std::int64_t> origin,
                                   std::span<const std::int64_t> box, std::span<double> out) {
      if (!source.is_final) return records_.gather(source, origin, box, out);
      std::vector<std::int64_t> with_record(origin.begin(), origin.end());  // the record axis
      std::vector<std::int64_t> of_one(box.begin(), box.end());
      with_record.insert(with_record.begin() + 1, 0);
      of_one.insert(of_one.begin() + 1, 1);
      records_.gather(source, with_record, of_one, out);
    };
    targets.push_back(std::move(target));
  }
  write_tiles(targets);
}

void write_root(h5::hid file, const RunLayout& layout, const std::string& status) {
  h5::write_netcdf_properties(
      file, "version=2,gbid=" + layout.version + ",hdf5=" + h5::library_version());
  const auto put = [&](const char* name, const auto& value) {
    h5::write_attribute(file, name, value);
  };
  put("Conventions", std::string("GradientBidding-1.0"));
  put("gbid_format_version", std::span<const std::int64_t>(kFormatVersion));
  put("gbid_version", layout.version);
  put("title", layout.title);
  put("scenario_sha256", sha256_hex(layout.scenario_toml));
  put("seed", layout.seed);
  put("command_line", layout.command_line);
  put("created", layout.created);
  put("build", layout.build);
  put("status", status);
  const h5::Id scenario = h5::create_dataset(file, "scenario_toml", h5::Type::kText, {}, {}, {});
  h5::write_attribute(scenario.get(), "long_name", "scenario with every value that was used");
  h5::write_attribute(scenario.get(), "units", "1");
  h5::write_texts(scenario.get(), {&layout.scenario_toml, 1});
}

void write_coordinates(GroupWriter& group, const RegimeLayout& layout, std::int64_t records) {
  if (!layout.trajectory.empty()) {
    // netCDF knows no fixed axis of length 0: where nothing was recorded, one step of NaN stands
    // for it.
    const auto recorded = static_cast<std::size_t>(std::max<std::int64_t>(1, records));
    group.coordinate({.name = "step", .long_name = "steps done when this was recorded"},
                     std::span(layout.steps).first(recorded));
  }
  for (const Dimension& dimension : layout.dimensions) {
    group.coordinate({.name = dimension.name, .long_name = dimension.long_name},
                     count_up(dimension.size));
  }
}

}  // namespace gbid
