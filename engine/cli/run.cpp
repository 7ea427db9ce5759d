// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/task_arena.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdio>
#include <filesystem>

#include "engine/cli/options.hpp"
#include "engine/cli/output.hpp"
#include "engine/cli/progress.hpp"
#include "engine/cli/resources.hpp"
#include "scenarios/play.hpp"

namespace gbid::cli {
namespace {

// Products pack their blocks on the stack: at most 2 MB each, three deep.
constexpr std::size_t kThreadStackBytes = std::size_t{16} << 20;

std::atomic<bool> stop_requested = false;
static_assert(std::atomic<bool>::is_always_lock_free, "set from a signal handler");

/// The first Ctrl-C or SIGTERM asks the run to end and keep what it has; the second one ends the
/// program.
void request_stop(int signal) {
  stop_requested = true;
  std::signal(signal, SIG_DFL);
}

std::string output_path(const Options& options) {
  if (options.has("output")) return options.get<std::string>("output");
  return std::filesystem::path(options.get<std::string>("FILE")).stem().string() + ".h5";
}

/// Refuses what can be known to go wrong with the output before the run, not after it.
void check_output(const std::string& out, bool is_forced, const std::string& scenario_file,
                  const std::vector<std::string>& inputs) {
  namespace fs = std::filesystem;
  if (out.empty()) throw UsageError("--output: expected a file name, got nothing");
  const auto refuse = [&](const char* why) {
    throw IoError(out + ": " + why, ExitCode::kCannotCreate);
  };
  std::error_code none;
  const fs::file_status link = fs::symlink_status(out, none), target = fs::status(out, none);
  if (fs::is_symlink(link) && !fs::exists(target)) refuse("is a link to nothing");
  if (fs::exists(target) && !fs::is_regular_file(target)) refuse("is not a regular file");
  if (is_forced) {
    if (fs::equivalent(out, scenario_file, none)) refuse("is the scenario itself");
    for (const std::string& input : inputs)
      if (fs::equivalent(out, input, none)) refuse("is an input of the scenario");
    return;
  }
  if (std::filesystem::exists(out))
    throw IoError(fmt::format("{}: exists already; --force replaces it, -o names another", out),
                  ExitCode::kCannotCreate);
  if (std::filesystem::exists(journal_path(out)))
    throw IoError(
        fmt::format(
            "{}: an unfinished run lies there; `gbid recover {}` publishes it, --force starts over",
            journal_path(out), out),
        ExitCode::kCannotCreate);
}

int thread_count(const Options& options) {
  if (!options.has("threads")) return tbb::info::default_concurrency();
  const int threads = options.get<int>("threads");
  if (threads < 1 || threads > 4096)
    throw UsageError(fmt::format("--threads: expected a number from 1 to 4096, got {}", threads));
  return threads;
}

}  // namespace

ExitCode run_command(const Arguments& arguments) {
  Options options("run");
  add_scenario_options(options);
  options.add()("output,o", po::value<std::string>(),
                "file to write; default: the scenario's name with .h5")(
      "threads", po::value<int>(), "threads to use; default: all. Results do not depend on it")(
      "force", "replace an existing file")("quiet", "no progress and no table")(
      "json", "print the result as JSON");
  options.positional({"FILE"}, 1);
  if (!options.parse(arguments)) return ExitCode::kOk;

  // 1. Everything that can be refused is refused before a file is made.
  const int threads = thread_count(options);
  const std::string out = output_path(options);
  const Scenario scenario = Scenario::load(scenario_document(options));
  check_output(out, options.has("force"), options.get<std::string>("FILE"), scenario.inputs());
  refuse_what_does_not_fit(scenario, options.get<std::string>("FILE"), threads,
                           std::filesystem::absolute(out).parent_path());
  RunLayout layout = scenario.layout();
  layout.command_line = command_line();
  layout.created = creation_time();

  // 2. Play into the journal.
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(threads));
  const tbb::global_control stack(tbb::global_control::thread_stack_size, kThreadStackBytes);
  // Before the journal is there: whoever sees it may already send a signal.
  std::signal(SIGINT, request_stop);
  std::signal(SIGTERM, request_stop);
  std::signal(SIGHUP, request_stop);
  Journal journal =
      Journal::create(journal_path(out), std::move(layout), {.replace = options.has("force")});
  PlayResult played;
  {
    ProgressConfig config;
    config.label = std::filesystem::path(options.get<std::string>("FILE")).stem().string();
    config.total = static_cast<std::int64_t>(scenario.estimate(threads).steps);
    config.is_quiet = options.has("quiet");
    Progress progress(std::move(config));
    tbb::task_arena arena(threads);
    arena.execute([&] { played = play(scenario, journal, stop_requested, progress.counter()); });
  }
  journal.close();

  // 3. Publish, then show.
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
    fmt::print(stderr, "gbid: stopped early; {} holds what was done and is marked partial\n", out);
    return ExitCode::kStopped;
  }
  return played.failed > 0 ? ExitCode::kSomeFailed : ExitCode::kOk;
}

}  // namespace gbid::cli
