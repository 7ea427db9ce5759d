// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/record/published_file.hpp"

#include "engine/core/sha256.hpp"
#include "engine/record/regime_writer.hpp"

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
  for (std::size_t k = 0; k < records_.layout().regimes.size(); ++k) {
    GroupWriter group = add_group(records_.layout().regimes[k].name);
    RegimeWriter(records_, k).write(group);
  }
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

}  // namespace gbid
