// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "analysis/sweep/report.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/output.hpp"

namespace gbid::cli {

ExitCode analyze_command(const Arguments& arguments) {
  Options options("analyze");
  options.flag("json", "print the result as JSON")
      .flag("explain", "add what every number means")
      .flag("csv", "of a sweep: its table, one row per point, trial and regime");
  options.positional({"FILE"}, 1);
  if (!options.parse(arguments)) return ExitCode::kOk;
  const std::string file = options.get<std::string>("FILE");
  if (options.has("json") && options.has("csv"))
    throw UsageError("analyze: expected --json or --csv, got both");
  if (is_sweep_file(file))
    print_sweep_report(file,
                       options.has("json")  ? SweepFormat::kJson
                       : options.has("csv") ? SweepFormat::kCsv
                                            : SweepFormat::kText,
                       options.has("explain"));
  else if (options.has("csv"))
    throw UsageError(file + ": holds a run, not a sweep, which is what --csv prints");
  else
    print_report(file, options.has("json"), options.has("explain"));
  return ExitCode::kOk;
}

}  // namespace gbid::cli
