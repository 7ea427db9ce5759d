// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/cli/output.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iostream>

#include "analysis/report/report.hpp"
#include "analysis/run_summary.hpp"
#include "analysis/sweep/file.hpp"
#include "analysis/sweep/report.hpp"
#include "engine/cli/session.hpp"
#include "engine/core/error.hpp"
#include "engine/record/journal.hpp"
#include "engine/record/publish.hpp"

namespace gbid::cli {

std::string creation_time() {
  std::time_t now = std::time(nullptr);
  if (const char* given = std::getenv("SOURCE_DATE_EPOCH"))
    now = static_cast<std::time_t>(std::atoll(given));
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
}

PublishReport publish_run(const std::string& run, const std::string& out, bool force,
                          bool keeps_journal) {
  PublishOptions options;
  options.force = force;
  options.keep_journal = keeps_journal;
  options.finish = [](PublishedFile& file) { write_summary(file); };
  return publish(journal_path(run), out, options);
}

void write_text_file(const std::string& path, const std::string& text) {
  refuse_missing_folder(path);
  const std::string draft = fmt::format("{}.tmp.{}", path, getpid());
  std::ofstream file(draft);
  file << text;
  file.close();
  if (!file || std::rename(draft.c_str(), path.c_str()) != 0) {
    const std::string reason = std::strerror(errno);
    std::remove(draft.c_str());
    throw IoError(fmt::format("{}: cannot be written: {}", path, reason), ExitCode::kCannotCreate);
  }
}

bool merge_sweep(const SweepPlan& plan, const SweepOrder& order,
                 const std::vector<std::string>& folders, const std::string& out, bool force) {
  const Parts parts(folders, plan.fingerprint);
  SweepFileOptions options{order.command_line, order.created, order.version,
                           order.build,        force,         {}};
  // Measured times would be the only difference between equal sweeps.
  options.tables.with_seconds = std::getenv("SOURCE_DATE_EPOCH") == nullptr;
  return publish_sweep(plan, parts, out, options);
}

SweepCounts count_sweep(const std::string& path) {
  const StoredSweep sweep = read_sweep(path);
  const DataColumn* status = sweep.points.find("status");
  SweepCounts counts;
  for (std::size_t row = 0; status && row < status->size(); ++row) {
    const auto point = static_cast<PointStatus>(static_cast<std::int8_t>(status->number(row)));
    ++counts.points;
    counts.failed += point == PointStatus::kFailed || point == PointStatus::kSomeFailed;
    counts.refused += point == PointStatus::kRefused;
    counts.not_run += point == PointStatus::kNotRun;
  }
  return counts;
}

void print_sweep_report(const std::string& path, SweepFormat format, bool is_explained) {
  const StoredSweep sweep = read_sweep(path);
  std::cout << (format == SweepFormat::kJson  ? json_report(sweep)
                : format == SweepFormat::kCsv ? to_csv(sweep.rows)
                                              : text_report(sweep, is_explained));
  if (format == SweepFormat::kText && !is_explained)
    std::cout << "\nWhat the numbers mean: gbid analyze " << path << " --explain\n";
}

void print_report(const std::string& path, bool as_json, bool is_explained) {
  const RunReader run(path);
  const PriceOfAnarchyResult result = price_of_anarchy(price_of_anarchy_input(run));
  const LearningSummary learning = learning_summary(run);
  std::cout << (as_json ? json_report(result, learning)
                        : text_report(result, learning, is_explained));
  if (!as_json && !is_explained)
    std::cout << "\nWhat the numbers mean: gbid analyze " << path << " --explain\n";
  if (!result.contradictions.empty())
    throw Error(ExitCode::kInternal, path + ": " + result.contradictions.front());
}

}  // namespace gbid::cli
