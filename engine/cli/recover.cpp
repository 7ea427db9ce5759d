// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "engine/cli/message.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/output.hpp"
#include "engine/cli/session.hpp"
#include "engine/record/checkpoint.hpp"
#include "engine/record/journal.hpp"

namespace gbid::cli {
namespace {

std::string text_of(const Loss& loss, const RunLayout& layout) {
  const std::string& regime = layout.regimes[loss.regime].name;
  if (loss.is_final)
    return fmt::format("{}, trial {}: the final values are lost", regime, loss.trial);
  if (loss.first_step == loss.last_step)
    return fmt::format("{}, trial {}: step {} is lost", regime, loss.trial, loss.first_step);
  return fmt::format("{}, trial {}: steps {} to {} are lost", regime, loss.trial, loss.first_step,
                     loss.last_step);
}

/// What the journal does not hold any more, by trial and step.
void print_losses(const PublishReport& report, const RunLayout& layout,
                  const std::string& journal) {
  constexpr std::size_t kMostLines = 50;
  tell("gbid: {}: {} bytes are damaged{}; it is kept\n", journal, report.dropped_bytes,
       report.losses.empty() ? ", after all that is known to have been recorded" : "");
  for (std::size_t k = 0; k < std::min(report.losses.size(), kMostLines); ++k)
    tell("gbid: {}\n", text_of(report.losses[k], layout));
  if (report.losses.size() > kMostLines)
    tell("gbid: and {} more\n", report.losses.size() - kMostLines);
}

}  // namespace

ExitCode recover_command(const Arguments& arguments) {
  Options options("recover");
  options.text("output,o", "file to write, for example on another disk; default: FILE")
      .flag("force", "replace an existing file")
      .flag("snapshot",
            "publish what a run has recorded so far, also while it goes on; its journal is kept");
  options.positional({"FILE"}, 1);
  if (!options.parse(arguments)) return ExitCode::kOk;
  const std::string run = without_ending(options.get<std::string>("FILE"), ".journal");
  const std::string out = options.has("output") ? options.get<std::string>("output") : run;
  const std::string journal = journal_path(run);
  if (!std::filesystem::exists(journal))
    throw MissingInputError(fmt::format("{}: nothing to recover: there is no {}", run, journal));
  if (JournalReader::is_failed_start(journal))
    throw DataError(fmt::format("{}: holds no run: its start failed", journal));
  if (options.has("snapshot") && out == run)
    throw UsageError("recover: --snapshot needs -o: the run itself will have the name " + run);
  if (options.has("snapshot")) {
    const PublishReport report = publish_run(run, out, options.has("force"), true);
    tell("wrote {}, {}\n", out,
         report.is_complete ? "complete" : "a snapshot: the run has not ended");
    return ExitCode::kOk;
  }
  const RunLayout layout = JournalReader(journal).layout();
  const PublishReport report = publish_run(run, out, options.has("force"), false);
  tell("wrote {}, {}\n", out,
       report.is_complete ? "complete" : "partial: some trials had not ended");
  if (report.is_journal_kept) {
    print_losses(report, layout, journal);
    return ExitCode::kSomeFailed;
  }
  CheckpointFolder(checkpoint_path(run)).remove_all();
  return ExitCode::kOk;
}

}  // namespace gbid::cli
