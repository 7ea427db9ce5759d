// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include <filesystem>

#include "engine/cli/options.hpp"
#include "engine/cli/resources.hpp"
#include "engine/cli/run_play.hpp"
#include "engine/cli/session.hpp"

namespace gbid::cli {

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
  const int threads = thread_count(options);
  max_time(options);
  const std::string file = options.get<std::string>("FILE");
  const std::string out = output_beside_scenario(options, ".h5");
  config::Document document = scenario_document(options);
  if (options.has("device")) {
    const std::string device = options.get<std::string>("device");
    document.set(fmt::format("device=\"{}\"", device), "--device " + device);
  }
  const Scenario scenario = Scenario::load(document);
  if (options.has("resume") && !JournalReader::is_failed_start(journal_path(out)))
    return resume_run(options, out, &scenario);
  refuse_unfinished_run(out, options.has("discard"));
  check_output(out, options.has("force"), file, scenario.inputs());
  const Device device = chosen_device(options, scenario, file);
  refuse_what_does_not_fit(scenario, file, threads, device,
                           std::filesystem::absolute(out).parent_path());
  RunLayout layout = layout_of_run(scenario, document.directory().string());
  // Before the journal is there: any process that sees it may already send a signal.
  stop_on_signals();
  Journal journal = Journal::create(journal_path(out), std::move(layout), {.replace = true});
  const std::string label =
      std::filesystem::path(is_from_standard_input(options) ? out : file).stem().string();
  return play_and_publish(options, {scenario, out, label, device, options.has("force")},
                          std::move(journal));
}

ExitCode resume_command(const Arguments& arguments) {
  Options options("resume");
  add_play_options(options);
  options.positional({"FILE"}, 1);
  if (!options.parse(arguments)) return ExitCode::kOk;
  thread_count(options);
  max_time(options);
  return resume_run(options, without_ending(options.get<std::string>("FILE"), ".journal"), nullptr);
}

}  // namespace gbid::cli
