// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/record/group_writer.hpp"
#include "engine/record/run_records.hpp"

namespace gbid {

/// The file that `publish` is about to finish, for a caller that adds a group of its own:
///
///     options.finish = [](PublishedFile& file) {
///       GroupWriter summary = file.add_group("summary");          // has the coordinate `trial`
///       const Array welfare = file.records().values(0, "welfare");  // (trial, record)
///       summary.write({.name = "price_of_anarchy", .long_name = "..."}, {"trial"}, ratios);
///     };
class PublishedFile {
 public:
  PublishedFile(h5::hid file, const RunRecords& records) : file_(file), records_(records) {}
  PublishedFile(const PublishedFile&) = delete;
  PublishedFile& operator=(const PublishedFile&) = delete;

  /// What the file is made from: layout, outcomes, recorded values.
  const RunRecords& records() const noexcept { return records_; }

  /// A new group at the root, with the coordinate `trial`. Must not outlive the call of `finish`.
  GroupWriter add_group(const std::string& name);

  /// Root attributes, scenario and all regimes.
  void write_run(const std::string& status);

 private:
  h5::hid file_;
  const RunRecords& records_;
  std::int32_t next_dimension_id_ = 0;
};

/// Attributes of the root and `/scenario_toml`, from everything in a layout but its regimes.
void write_root(h5::hid file, const RunLayout& layout, const std::string& status);

}  // namespace gbid
