// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include <filesystem>

#include "engine/cli/auto_trials.hpp"
#include "engine/cli/message.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/resources.hpp"
#include "engine/cli/run_play.hpp"
#include "engine/cli/session.hpp"

namespace gbid::cli {

namespace {

/// @param is_looked_at  by the caller, so that nothing is printed.
ExitCode play_anew(const Options& options, const Scenario& scenario, const std::string& directory,
                   const std::string& out, bool replaces, bool is_looked_at) {
  const std::string file = options.get<std::string>("FILE");
  const Device device = chosen_device(options, scenario, file);
  refuse_what_does_not_fit(scenario, file, thread_count(options), device,
                           std::filesystem::absolute(out).parent_path());
  RunLayout layout = layout_of_run(scenario, directory);
  // Before the journal is there: any process that sees it may already send a signal.
  stop_on_signals();
  Journal journal = Journal::create(journal_path(out), std::move(layout), {.replace = true});
  const std::string label =
      std::filesystem::path(is_from_standard_input(options) ? out : file).stem().string();
  return play_and_publish(options, {scenario, out, label, device, replaces, nullptr, is_looked_at},
                          std::move(journal));
}

/// Plays more and more trials until the interval is narrow; every run is a whole one and replaces
/// the one before it.
/// @param code  of the first.
ExitCode play_until(const Options& options, const UntilInterval& until, config::Document document,
                    const std::string& out, ExitCode code) {
  while (code == ExitCode::kOk || code == ExitCode::kSomeFailed) {
    const NextTrials next = next_trials(out, until);
    if (next.trials == 0 || !options.has("quiet"))
      tell("gbid: {}{}\n", next.message,
           next.trials > 0 ? fmt::format("; playing {}", next.trials) : "");
    if (next.trials == 0) break;
    set_trials(document, next.trials);
    const Scenario scenario = Scenario::load(document);
    code = play_anew(options, scenario, document.directory().string(), out, true, true);
  }
  if (code == ExitCode::kOk || code == ExitCode::kSomeFailed) print_end(options, out);
  return code;
}

}  // namespace

ExitCode run_command(const Arguments& arguments) {
  Options options("run");
  add_scenario_options(options);
  options.text("output,o",
               "file to write; default: the scenario's name with .h5; needed if FILE is - "
               "(standard input)");
  add_play_options(options);
  options
      .flag("resume",
            "go on with the unfinished run of this scenario, if there is one; else begin it")
      .flag("discard", "begin anew where an unfinished run lies: what it has done is lost");
  options.positional({"FILE"}, 1);
  if (!options.parse(arguments)) return ExitCode::kOk;
  if (options.has("resume") && options.has("discard"))
    throw UsageError("run: --resume and --discard exclude each other");

  // Everything that can be refused is refused before a file is made.
  thread_count(options);
  max_time(options);
  const std::string file = options.get<std::string>("FILE");
  const std::string out = output_beside_scenario(options, ".h5");
  config::Document document = scenario_document(options);
  if (options.has("device")) {
    const std::string device = options.get<std::string>("device");
    document.set(fmt::format("device=\"{}\"", device), "--device " + device);
  }
  const std::optional<UntilInterval> until = take_auto_trials(document);
  const bool resumes = options.has("resume") && !JournalReader::is_failed_start(journal_path(out));
  // A run of a number of trials that was to be found goes on with the number that it had reached.
  if (until && resumes) set_trials(document, JournalReader(journal_path(out)).layout().trials);
  const Scenario scenario = Scenario::load(document);
  ExitCode code = ExitCode::kOk;
  if (resumes) {
    code = resume_run(options, out, &scenario, until.has_value());
  } else {
    refuse_unfinished_run(out, options.has("discard"));
    check_output(out, options.has("force"), file, scenario.inputs());
    code = play_anew(options, scenario, document.directory().string(), out, options.has("force"),
                     until.has_value());
  }
  return until ? play_until(options, *until, std::move(document), out, code) : code;
}

ExitCode resume_command(const Arguments& arguments) {
  Options options("resume");
  add_play_options(options);
  options.positional({"FILE"}, 1);
  if (!options.parse(arguments)) return ExitCode::kOk;
  thread_count(options);
  max_time(options);
  return resume_run(options, without_ending(options.get<std::string>("FILE"), ".journal"), nullptr,
                    false);
}

}  // namespace gbid::cli
