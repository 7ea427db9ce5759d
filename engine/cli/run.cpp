// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include <atomic>
#include <cstdio>
#include <filesystem>

#include "engine/cli/options.hpp"
#include "engine/cli/output.hpp"
#include "engine/cli/progress.hpp"
#include "engine/cli/resources.hpp"
#include "engine/cli/session.hpp"
#include "scenarios/play/play.hpp"

namespace gbid::cli {
ExitCode run_command(const Arguments& arguments) {
  Options options("run");
  add_scenario_options(options);
  options
      .text("output,o",
            "file to write; default: the scenario's name with .h5; needed if FILE is - (standard "
            "input)")
      .integer("threads", "threads to use; default: all. Results do not depend on it")
      .flag("force", "replace an existing file")
      .flag("quiet", "no progress and no table")
      .flag("json", "print the result as JSON");
  options.positional({"FILE"}, 1);
  if (!options.parse(arguments)) return ExitCode::kOk;

  // 1. Everything that can be refused is refused before a file is made.
  const int threads = thread_count(options);
  const std::string file = options.get<std::string>("FILE");
  const std::string out = output_beside_scenario(options, ".h5");
  const Scenario scenario = Scenario::load(scenario_document(options));
  check_output(out, options.has("force"), file, scenario.inputs());
  if (!options.has("force") && std::filesystem::exists(journal_path(out)))
    throw IoError(
        fmt::format(
            "{}: belongs to an unfinished run; `gbid recover {}` publishes it, --force starts over",
            journal_path(out), out),
        ExitCode::kCannotCreate);
  refuse_what_does_not_fit(scenario, file, threads, std::filesystem::absolute(out).parent_path());
  RunLayout layout = scenario.layout();
  layout.command_line = command_line();
  layout.created = creation_time();

  // 2. Play into the journal.
  // Before the journal is there: any process that sees it may already send a signal.
  std::atomic<bool>& stop_requested = stop_on_signals();
  Journal journal =
      Journal::create(journal_path(out), std::move(layout), {.replace = options.has("force")});
  PlayResult played;
  {
    const ThreadLimits limits(threads, 1);
    ProgressConfig config;
    config.label =
        std::filesystem::path(is_from_standard_input(options) ? out : file).stem().string();
    config.total = static_cast<std::int64_t>(scenario.estimate(threads).steps);
    config.is_quiet = options.has("quiet");
    Progress progress(std::move(config));
    played = play(scenario, journal, threads, stop_requested, progress.counter());
  }
  journal.close();

  // 3. Publish, then show.
  const ThreadLimits limits(threads);
  publish_run(out, options.has("force"));
  for (const std::string& failure : played.failures)
    fmt::print(stderr, "gbid: failed: {}\n", failure);
  if (options.has("json")) {
    print_report(out, true);
  } else if (!options.has("quiet")) {
    print_report(out, false);
    fmt::print(stderr, "wrote {}\n", out);
  }
  if (stop_requested) {
    fmt::print(stderr, "gbid: stopped early; {} holds the finished part and is marked partial\n",
               out);
    return ExitCode::kStopped;
  }
  return played.failed > 0 ? ExitCode::kSomeFailed : ExitCode::kOk;
}

}  // namespace gbid::cli
