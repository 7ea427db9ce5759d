// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <iostream>

#include "analysis/report/comparison_report.hpp"
#include "analysis/run_summary.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/python.hpp"

namespace gbid::cli {
namespace {

constexpr std::size_t kMostRuns = 26;  // each has a letter

}  // namespace

ExitCode compare_command(const Arguments& arguments) {
  Options options("compare");
  options.flag("json", "print the result as JSON")
      .text("output,o", "page to write, with a figure")
      .flag("force", "replace an existing page");
  options.positionals("FILE", 2);
  if (!options.parse(arguments)) return ExitCode::kOk;
  const auto files = options.get<std::vector<std::string>>("FILE");
  if (options.has("json") && options.has("output"))
    throw UsageError("compare: expected --json or --output, got both");
  if (files.size() > kMostRuns)
    throw UsageError("compare: expected at most 26 files, got " + std::to_string(files.size()));
  std::vector<ComparedRun> runs;
  for (const std::string& file : files) {
    const RunReader run(file);
    if (!run.info().kind.empty() && run.info().kind != "run")
      throw UsageError(file + ": holds a " + run.info().kind + "; runs are what is compared");
    runs.push_back({file, run.scenario_toml(), price_of_anarchy(price_of_anarchy_input(run))});
  }
  if (options.has("output")) {
    std::vector<std::string> words = {"report", "--output", options.get<std::string>("output")};
    if (options.has("force")) words.push_back("--force");
    words.push_back("--");
    words.insert(words.end(), files.begin(), files.end());
    become_python(words);
  }
  const RunComparison comparison = compare_runs(runs);
  std::cout << (options.has("json") ? json_report(runs, comparison)
                                    : text_report(runs, comparison));
  return ExitCode::kOk;
}

}  // namespace gbid::cli
