// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <iostream>

#include "analysis/validation/validation.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/progress.hpp"
#include "engine/cli/session.hpp"
#include "engine/config/suggestion.hpp"

namespace gbid::cli {
namespace {

/// The cases of one family, or all.
std::vector<ValidationCase> chosen(const Options& options) {
  if (options.has("grid")) {
    if (!options.has("FAMILY") || options.get<std::string>("FAMILY") != "auctions")
      throw UsageError("validate: --grid is for one family: gbid validate auctions --grid");
    std::vector<ValidationCase> cases = auction_grid_cases();
    const std::string part = options.has("games") ? options.get<std::string>("games") : "";
    std::erase_if(cases, [&](const ValidationCase& each) {
      return each.game.find(part) == std::string::npos;
    });
    if (cases.empty())
      throw UsageError(
          fmt::format("validate: --games {}: no game has that in its name; names are like "
                      "\"first_price, n = 2, "
                      "values [0, 0.3], F = v^0.5, reserve at 0\"",
                      part));
    return cases;
  }
  if (options.has("games")) throw UsageError("validate: --games is for --grid");
  std::vector<ValidationCase> cases = validation_cases();
  if (!options.has("FAMILY")) return cases;
  std::string family = options.get<std::string>("FAMILY");
  if (family == "bundles") family = "formats";  // its name until 0.1
  std::vector<std::string> known;
  for (const ValidationCase& each : cases)
    if (std::find(known.begin(), known.end(), each.family) == known.end())
      known.push_back(each.family);
  if (std::find(known.begin(), known.end(), family) == known.end())
    throw UsageError(fmt::format("validate: unknown family {}{}; expected one of {}", family,
                                 config::did_you_mean(family, known), fmt::join(known, ", ")));
  std::erase_if(cases, [&](const ValidationCase& each) { return each.family != family; });
  return cases;
}

}  // namespace

ExitCode validate_command(const Arguments& arguments) {
  Options options("validate");
  options.integer("threads", "threads to use; default: all")
      .flag("quiet", "no progress")
      .flag("markdown", "print a Markdown table")
      .flag("json", "print the result as JSON")
      .flag("grid",
            "auctions: over a thousand priors, bidders and reserves instead, learned with the "
            "defaults; prints those that fail")
      .text("games", "of the grid: those with this text in their names");
  options.positional({"FAMILY"}, 0);
  if (!options.parse(arguments)) return ExitCode::kOk;
  if (options.has("json") && options.has("markdown"))
    throw UsageError("validate: expected --json or --markdown, got both");
  const std::vector<ValidationCase> cases = chosen(options);
  const int threads = thread_count(options);
  const ThreadLimits limits(threads);
  std::atomic<bool>& stop = stop_on_signals();
  std::vector<ValidationResult> results;
  {
    ProgressConfig config;
    config.label = "validate";
    config.unit = "games";
    config.total = static_cast<std::int64_t>(cases.size());
    config.is_quiet = options.has("quiet");
    Progress progress(std::move(config));
    tbb::task_arena arena(threads);
    arena.execute([&] { results = validate(cases, stop, progress.counter()); });
  }
  std::cout << (options.has("json")       ? json_report(cases, results)
                : options.has("markdown") ? markdown_report(cases, results)
                : options.has("grid")     ? short_report(cases, results)
                                          : text_report(cases, results));
  if (stop) return ExitCode::kStopped;
  const bool is_passed = std::all_of(results.begin(), results.end(),
                                     [](const ValidationResult& r) { return r.is_passed(); });
  return is_passed ? ExitCode::kOk : ExitCode::kSomeFailed;
}

}  // namespace gbid::cli
