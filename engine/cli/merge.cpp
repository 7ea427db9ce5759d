// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include <cstdio>

#include "engine/cli/message.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/output.hpp"
#include "engine/cli/session.hpp"
#include "engine/core/error.hpp"
#include "engine/sweep/part.hpp"

namespace gbid::cli {
namespace {

std::int64_t missing_units(const SweepPlan& plan, const Parts& parts) {
  return plan.unit_count() - parts.size();
}

}  // namespace

ExitCode merge_command(const Arguments& arguments) {
  Options options("merge");
  options
      .texts("from", "further folders OUT.h5.sweep of shards that ran elsewhere (may be repeated)")
      .flag(
          "partial",
          "write what is finished, marked partial; the folder is kept, so the sweep can be resumed")
      .text("output,o", "file to write; default: FILE")
      .flag("force", "replace an existing file")
      .flag("quiet", "no table");
  options.positional({"FILE"}, 1);
  if (!options.parse(arguments)) return ExitCode::kOk;
  std::string file = options.get<std::string>("FILE");
  constexpr std::string_view kEnding = ".sweep";
  if (file.ends_with(kEnding)) file.resize(file.size() - kEnding.size());
  const std::string out = options.has("output") ? options.get<std::string>("output") : file;

  // 1. All folders of the sweep.
  const WorkFolder own(work_folder_path(file));
  std::vector<std::string> folders;
  if (own.exists()) folders.push_back(own.path());
  if (options.has("from"))
    for (const std::string& folder : options.get<std::vector<std::string>>("from"))
      folders.push_back(folder);
  if (folders.empty())
    throw MissingInputError(fmt::format("{}: nothing to merge: there is no {}", file, own.path()));
  const SweepOrder order = WorkFolder(folders.front()).order();
  for (const std::string& folder : folders)
    if (WorkFolder(folder).order().fingerprint != order.fingerprint)
      throw DataError(fmt::format("{}: holds another sweep than {}", folder, folders.front()));

  // 2. What they hold together.
  ImageCache images;
  const SweepPlan plan = plan_sweep({order.document(), order.grid}, images);
  if (plan.fingerprint != order.fingerprint)
    throw DataError(folders.front() +
                    ": this version of gbid, or a data file, differs from the one that played the "
                    "sweep");
  check_output(out, options.has("force"), order.name, plan.inputs);
  const Parts parts(folders, plan.fingerprint);
  const std::int64_t missing = missing_units(plan, parts);
  if (missing > 0 && !options.has("partial"))
    throw IoError(fmt::format("{}: {} of {} simulations are missing; `gbid sweep --resume -o {}` "
                              "plays them, --partial writes what is finished",
                              own.path(), missing, plan.unit_count(), file),
                  ExitCode::kStopped);

  // 3. The file.
  const bool is_complete = merge_sweep(plan, order, folders, out, options.has("force"));
  if (is_complete && own.exists() && out == file) own.remove();
  if (!options.has("quiet")) print_sweep_report(out);
  tell("wrote {}{}\n", out,
       is_complete ? "" : fmt::format(", partial: {} simulations are missing", missing));
  const SweepCounts counts = count_sweep(out);
  return counts.failed + counts.refused > 0 ? ExitCode::kSomeFailed : ExitCode::kOk;
}

}  // namespace gbid::cli
