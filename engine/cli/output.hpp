// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/record/publish.hpp"
#include "engine/sweep/work_folder.hpp"
#include "scenarios/sweep/plan.hpp"

namespace gbid::cli {

/// The time now, ISO 8601 in UTC; SOURCE_DATE_EPOCH if that is set, so that equal runs can give
/// equal bytes.
std::string creation_time();

/// Publishes the journal of the output `run` as `out`, with the summary of its regimes.
/// @param keeps_journal  also after success: the run can go on.
PublishReport publish_run(const std::string& run, const std::string& out, bool force,
                          bool keeps_journal);

/// Writes a text beside its place and renames it there: never half a file under the final name.
/// @throws IoError (cannot create) with the system's reason.
void write_text_file(const std::string& path, const std::string& text);

/// Publishes what the parts in these folders hold of a sweep.
/// @return whether every simulation had ended.
bool merge_sweep(const SweepPlan& plan, const SweepOrder& order,
                 const std::vector<std::string>& folders, const std::string& out, bool force);

/// How the points of a published sweep ended.
struct SweepCounts {
  std::int64_t points = 0, failed = 0, refused = 0, not_run = 0;  ///< failed: wholly or in part
};
SweepCounts count_sweep(const std::string& path);

/// How a sweep's tables are printed.
enum class SweepFormat { kText, kJson, kCsv };
void print_sweep_report(const std::string& path, SweepFormat format = SweepFormat::kText,
                        bool is_explained = false);

/// Prints the report of a published run, or its JSON, to standard output.
/// @param is_explained  with what every number means.
void print_report(const std::string& path, bool as_json, bool is_explained = false);

}  // namespace gbid::cli
