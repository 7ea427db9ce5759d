// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>
#include <oneapi/tbb/task_arena.h>

#include <filesystem>
#include <iostream>

#include "analysis/certification.hpp"
#include "analysis/report/equilibrium_report.hpp"
#include "analysis/report/truthfulness_report.hpp"
#include "analysis/sweep/report.hpp"
#include "engine/cli/message.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/output.hpp"
#include "engine/cli/progress.hpp"
#include "engine/cli/session.hpp"
#include "engine/text/text_file.hpp"
#include "scenarios/loading/scenario.hpp"

namespace gbid::cli {
namespace {

std::string json_text(const PriceOfAnarchyResult& result) {
  JsonWriter json;
  json.begin_object();
  json.member("version", 1).member("title", result.title).member("seed", result.seed);
  write_equilibria(json.key("equilibria"), result);
  json.end_object();
  return json.text() + "\n";
}

bool is_scenario(const std::string& file) {
  return std::filesystem::path(file).extension() == ".toml";
}

/// Judges the rules alone: a scenario serves as well as a run.
void check_truthfulness(const std::string& file, const Options& options) {
  config::Document document =
      is_scenario(file) ? config::Document::from_file(file)
                        : config::Document::from_text(RunReader(file).scenario_toml(), file);
  if (options.has("set"))
    for (const std::string& assignment : options.get<std::vector<std::string>>("set")) {
      if (!is_scenario(file))
        throw UsageError(fmt::format(
            "certify: --truthful with --set {} needs a scenario: a finished run cannot be changed",
            assignment));
      document.set(assignment, "--set " + assignment);
    }
  const Scenario scenario = Scenario::load(document);
  const std::int64_t points = options.has("points") ? options.get<std::int64_t>("points") : 21;
  if (points < 2 || points > 1000)
    throw UsageError(fmt::format("certify: expected --points from 2 to 1000, got {}", points));
  const auto report = scenario.structure().truthfulness(points);
  if (!report)
    throw UsageError(
        file +
        ": has no types to report truthfully; --truthful is for auctions whose bids are "
        "values");
  const std::string& title = scenario.config().title;
  std::cout << (options.has("json") ? json_report(*report, title) : text_report(*report, title));
}

}  // namespace

ExitCode certify_command(const Arguments& arguments) {
  Options options("certify");
  options
      .texts("set",
             "another value for a key of [certificate], such as certificate.search.climbs=16; with "
             "--truthful FILE.toml, of any key")
      .number(
          "tolerance",
          "largest gain of an equilibrium, divided by the mean |payoff|; default: the scenario's")
      .text("data", "folder that files named in the scenario are in; default: that of FILE")
      .flag("truthful",
            "for an auction, FILE.toml or FILE.h5: the largest gain from misreporting (ex-post "
            "regret)")
      .integer("points", "points of every grid of --truthful; default: 21")
      .flag("afresh", "compute recorded certificates again")
      .integer("threads", "threads to use; default: all")
      .flag("quiet", "no progress")
      .flag("json", "print the result as JSON");
  options.positional({"FILE"}, 1);
  if (!options.parse(arguments)) return ExitCode::kOk;
  const std::string file = options.get<std::string>("FILE");
  if (options.has("points") && !options.has("truthful"))
    throw UsageError("certify: --points needs --truthful");
  if (options.has("truthful")) {
    check_truthfulness(file, options);
    return ExitCode::kOk;
  }
  if (is_scenario(file))
    throw UsageError(file + ": is a scenario; expected the file of a run, or --truthful");
  if (is_sweep_file(file))
    throw UsageError(file +
                     ": holds a sweep; `gbid sweep --set certify=true` certifies while it plays");

  const RunReader run(file);
  config::Document document = config::Document::from_text(
      run.scenario_toml(), file,
      options.has("data") ? std::filesystem::path(options.get<std::string>("data"))
                          : std::filesystem::path(file).parent_path());
  bool is_afresh = options.has("afresh");
  if (options.has("set"))
    for (const std::string& assignment : options.get<std::vector<std::string>>("set")) {
      if (assignment.rfind("certificate.", 0) != 0)
        throw UsageError(
            fmt::format("certify: expected --set certificate...., got --set {}: a finished run "
                        "cannot be changed",
                        assignment));
      document.set(assignment, "--set " + assignment);
      is_afresh = true;
    }
  if (options.has("tolerance")) {
    const std::string assignment =
        fmt::format("certificate.tolerance={}", options.get<double>("tolerance"));
    document.set(assignment, "--tolerance");
  }

  const int threads = thread_count(options);
  const ThreadLimits limits(threads);
  std::atomic<bool>& stop = stop_on_signals();
  PriceOfAnarchyResult result;
  {
    ProgressConfig config;
    config.label = "certify";
    config.unit = "ends";
    for (const std::string& regime : run.regimes()) config.total += run.group(regime).trials;
    config.is_quiet = options.has("quiet") || options.has("json");
    Progress progress(std::move(config));
    tbb::task_arena arena(threads);
    arena.execute(
        [&] { result = certify_run(run, document, is_afresh, stop, progress.counter()); });
  }
  std::cout << (options.has("json") ? json_text(result) : certificate_report(result));
  if (stop) tell("gbid: stopped early; end points not examined yet are left out\n");
  if (stop) return ExitCode::kStopped;
  std::int64_t unconverged = 0;
  for (const CertifiedEnds& ends : result.equilibria.regimes) unconverged += ends.unconverged;
  if (unconverged > 0)
    tell("gbid: {} {} had not converged\n", unconverged, unconverged == 1 ? "end" : "ends");
  return unconverged > 0 ? ExitCode::kSomeFailed : ExitCode::kOk;
}

}  // namespace gbid::cli
