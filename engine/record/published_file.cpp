// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/record/published_file.hpp"

#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <numeric>
#include <sstream>

#include "engine/core/error.hpp"
#include "engine/core/version.hpp"
#include "engine/record/tiles.hpp"

namespace gbid {
namespace {

// Above this, a dataset is stored as it is: deflating it would take longer than the run is worth.
constexpr std::int64_t kLargestDeflated = std::int64_t{64} << 20;

constexpr std::int64_t kFormatVersion[] = {1, 0};

std::int64_t product(std::span<const std::int64_t> shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::vector<std::int64_t> count_up(std::int64_t size) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(size));
  std::iota(values.begin(), values.end(), std::int64_t{0});
  return values;
}

// One variable of a regime on its way into its dataset.
struct Target {
  RecordedVariable source;
  h5::Id dataset;
  std::vector<std::int64_t> shape;  // (trial, record, dimensions...), also for a final variable
  std::vector<std::int64_t> tile;
  int level = 0;
};

struct Tile {
  const Target* target = nullptr;
  std::vector<std::int64_t> origin;
  PackedChunk packed;
};

// All tiles of all targets, in the order in which they are written.
std::vector<Tile> list_tiles(const std::vector<Target>& targets) {
  std::vector<Tile> tiles;
  for (const Target& target : targets) {
    std::vector<std::int64_t> origin(target.shape.size(), 0);
    for (bool is_done = false; !is_done;) {
      tiles.push_back({&target, origin, {}});
      std::size_t axis = origin.size();
      is_done = true;
      while (is_done && axis-- > 0) {
        origin[axis] += target.tile[axis];
        is_done = origin[axis] >= target.shape[axis];
        if (is_done) origin[axis] = 0;
      }
    }
  }
  return tiles;
}

void pack(const JournalReader& journal, Tile& tile) {
  const Target& target = *tile.target;
  std::vector<double> values(static_cast<std::size_t>(product(target.tile)));
  journal.gather(target.source, tile.origin, target.tile, values);
  tile.packed = pack_chunk(values, target.level);
}

// Tiles are packed by all threads, a batch at a time, and written by this one in order.
void write_tiles(const JournalReader& journal, std::vector<Tile> tiles) {
  constexpr std::size_t kBatch = 64;  // of 256 KiB each
  for (std::size_t first = 0; first < tiles.size(); first += kBatch) {
    const std::size_t last = std::min(tiles.size(), first + kBatch);
    tbb::parallel_for(first, last, [&](std::size_t k) { pack(journal, tiles[k]); });
    for (std::size_t k = first; k < last; ++k) {
      Tile& tile = tiles[k];
      if (tile.target->source.is_final) tile.origin.erase(tile.origin.begin() + 1);
      h5::write_chunk(tile.target->dataset.get(), tile.origin, tile.packed.skipped_filters,
                      tile.packed.bytes);
      tile = {};
    }
  }
}

}  // namespace

GroupWriter::GroupWriter(h5::hid parent, const std::string& name, std::int32_t& next_dimension_id)
    : group_(h5::create_group(parent, name)), name_(name), next_dimension_id_(next_dimension_id) {}

void GroupWriter::attribute(const std::string& name, const std::string& text) {
  h5::write_attribute(group_.get(), name, text);
}

void GroupWriter::coordinate(const VariableText& text, std::span<const std::int64_t> values) {
  const auto size = static_cast<std::int64_t>(values.size());
  h5::Storage storage;
  if (size > tile_length(size)) storage.chunk = {tile_length(size)};
  h5::Id dataset =
      h5::create_dataset(group_.get(), text.name, h5::Type::kInt64, {&size, 1}, {}, storage);
  h5::make_scale(dataset.get(), text.name);
  h5::write_netcdf_dimension_id(dataset.get(), next_dimension_id_++);
  h5::write_attribute(dataset.get(), "long_name", text.long_name);
  h5::write_attribute(dataset.get(), "units", text.units);
  h5::write_dataset(dataset.get(), h5::Type::kInt64, values.data());
  scales_[text.name] = {std::move(dataset), size};
}

const GroupWriter::Scale& GroupWriter::scale(const std::string& name) const {
  const auto found = scales_.find(name);
  if (found == scales_.end()) {
    throw Error(ExitCode::kInternal, "group " + name_ + " has no dimension " + name);
  }
  return found->second;
}

h5::Id GroupWriter::create(const VariableText& text, const std::vector<std::string>& dimensions,
                           h5::Type type, const h5::Storage& storage) {
  std::vector<std::int64_t> shape;
  std::vector<h5::hid> scales;
  for (const std::string& dimension : dimensions) {
    shape.push_back(scale(dimension).size);
    scales.push_back(scale(dimension).dataset.get());
  }
  h5::Id dataset = h5::create_dataset(group_.get(), text.name, type, shape, scales, storage);
  h5::write_attribute(dataset.get(), "long_name", text.long_name);
  h5::write_attribute(dataset.get(), "units", text.units);
  for (const auto& [name, value] : text.attributes) {
    h5::write_attribute(dataset.get(), name, value);
  }
  return dataset;
}

void GroupWriter::write_values(const VariableText& text, const std::vector<std::string>& dimensions,
                               h5::Type type, const void* values, std::size_t count) {
  std::int64_t expected = 1;
  for (const std::string& dimension : dimensions) expected *= scale(dimension).size;
  if (count != static_cast<std::size_t>(expected)) {
    throw Error(ExitCode::kInternal, name_ + "/" + text.name + ": expected " +
                                         std::to_string(expected) + " values, got " +
                                         std::to_string(count));
  }
  h5::write_dataset(create(text, dimensions, type, {}).get(), type, values);
}

void GroupWriter::write(const VariableText& text, const std::vector<std::string>& dimensions,
                        std::span<const double> values) {
  write_values(text, dimensions, h5::Type::kFloat64, values.data(), values.size());
}

void GroupWriter::write(const VariableText& text, const std::vector<std::string>& dimensions,
                        std::span<const std::int64_t> values) {
  write_values(text, dimensions, h5::Type::kInt64, values.data(), values.size());
}

void GroupWriter::write(const VariableText& text, const std::vector<std::string>& dimensions,
                        std::span<const std::uint64_t> values) {
  write_values(text, dimensions, h5::Type::kUint64, values.data(), values.size());
}

void GroupWriter::write(const VariableText& text, const std::vector<std::string>& dimensions,
                        std::span<const std::string> values) {
  std::vector<const char*> pointers;
  for (const std::string& value : values) pointers.push_back(value.c_str());
  write_values(text, dimensions, h5::Type::kText, pointers.data(), pointers.size());
}

void GroupWriter::write_flags(const VariableText& text, const std::vector<std::string>& dimensions,
                              std::span<const std::int8_t> values, const std::string& meanings) {
  VariableText flagged = text;
  flagged.attributes["flag_meanings"] = meanings;
  const h5::Id dataset = create(flagged, dimensions, h5::Type::kInt8, {});
  std::vector<std::int8_t> flags;
  std::istringstream words(meanings);
  for (std::string word; words >> word;) flags.push_back(static_cast<std::int8_t>(flags.size()));
  h5::write_attribute(dataset.get(), "flag_values", flags);
  h5::write_dataset(dataset.get(), h5::Type::kInt8, values.data());
}

GroupWriter PublishedFile::add_group(const std::string& name) {
  GroupWriter group(file_, name, next_dimension_id_);
  group.coordinate({.name = "trial", .long_name = "independent repetition"},
                   count_up(journal_.layout().trials));
  return group;
}

void PublishedFile::write_run(const std::string& status) {
  write_root(status);
  for (std::size_t k = 0; k < journal_.layout().regimes.size(); ++k) write_regime(k);
}

void PublishedFile::write_root(const std::string& status) {
  const RunLayout& layout = journal_.layout();
  h5::write_netcdf_properties(
      file_, "version=2,gbid=" + layout.version + ",hdf5=" + h5::library_version());
  const auto put = [&](const char* name, const auto& value) {
    h5::write_attribute(file_, name, value);
  };
  put("Conventions", std::string("GradientBidding-1.0"));
  put("gbid_format_version", std::span<const std::int64_t>(kFormatVersion));
  put("gbid_version", layout.version);
  put("title", layout.title);
  put("scenario_sha256", journal_.scenario_sha256());
  put("seed", layout.seed);
  put("command_line", layout.command_line);
  put("created", layout.created);
  put("build", layout.build);
  put("status", status);
  const h5::Id scenario = h5::create_dataset(file_, "scenario_toml", h5::Type::kText, {}, {}, {});
  h5::write_attribute(scenario.get(), "long_name", "scenario with every value that was used");
  h5::write_attribute(scenario.get(), "units", "1");
  h5::write_texts(scenario.get(), {&layout.scenario_toml, 1});
}

void PublishedFile::write_regime(std::size_t regime) {
  const RegimeLayout& layout = journal_.layout().regimes[regime];
  GroupWriter group = add_group(layout.name);
  for (const auto& [name, value] : layout.attributes) group.attribute(name, value);
  if (!layout.trajectory.empty()) {
    // netCDF knows no fixed axis of length 0: where nothing was recorded, one step of NaN stands
    // for it.
    const auto records =
        static_cast<std::size_t>(std::max<std::int64_t>(1, journal_.record_count(regime)));
    group.coordinate({.name = "step", .long_name = "steps done when this was recorded"},
                     std::span(layout.steps).first(records));
  }
  for (const Dimension& dimension : layout.dimensions) {
    group.coordinate({.name = dimension.name, .long_name = dimension.long_name},
                     count_up(dimension.size));
  }
  write_outcomes(group, regime);
  write_variables(group, regime);
}

void PublishedFile::write_outcomes(GroupWriter& group, std::size_t regime) {
  std::vector<std::int8_t> statuses;
  std::vector<std::int64_t> steps_done;
  std::vector<std::string> messages;
  for (std::int64_t trial = 0; trial < journal_.layout().trials; ++trial) {
    Outcome outcome = journal_.outcome(regime, trial);
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
  const RunLayout& layout = journal_.layout();
  std::vector<Target> targets;
  for (RecordedVariable& source : journal_.variables(regime)) {
    Target target;
    const Variable& variable = *source.variable;
    std::vector<std::string> dimensions = {"trial"};
    if (!source.is_final) dimensions.push_back("step");
    dimensions.insert(dimensions.end(), variable.dimensions.begin(), variable.dimensions.end());
    target.shape = {layout.trials,
                    source.is_final ? 1 : std::max<std::int64_t>(1, journal_.record_count(regime))};
    target.shape.insert(target.shape.end(), source.sizes.begin(), source.sizes.end());
    target.tile = tile_shape(target.shape);
    const auto bytes = product(target.shape) * static_cast<std::int64_t>(sizeof(double));
    target.level = bytes < kLargestDeflated ? layout.compression : 0;
    h5::Storage storage{target.tile, target.level};
    if (source.is_final) storage.chunk.erase(storage.chunk.begin() + 1);
    if (dimensions.size() == 1) target.tile[0] = storage.chunk[0] = tile_length(layout.trials);
    target.dataset = group.create(
        {.name = variable.name, .long_name = variable.long_name, .units = variable.units},
        dimensions, h5::Type::kFloat64, storage);
    target.source = std::move(source);
    targets.push_back(std::move(target));
  }
  write_tiles(journal_, list_tiles(targets));
}

}  // namespace gbid
