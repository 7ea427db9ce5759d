// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <iostream>
#include <new>

#include "engine/cli/commands.hpp"
#include "engine/cli/message.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/shown_error.hpp"
#include "engine/config/suggestion.hpp"
#include "engine/core/version.hpp"

namespace gbid::cli {
namespace {

constexpr Command kCommands[] = {
    {"run", "run FILE [--set key=value]... [-o out.h5] [options]",
     "play a scenario and write its trajectories", run_command},
    {"resume", "resume OUT.h5 [--threads N] [--max-time TIME] [options]",
     "go on with a run that was stopped or killed", resume_command},
    {"sweep", "sweep FILE --over KEY=VALUES... [--zip] [--set key=value]... [-o out.h5] [options]",
     "play a scenario over values of its keys, on all cores or a cluster", sweep_command},
    {"status", "status OUT.h5 [--json]", "progress of a run or a sweep", status_command},
    {"merge", "merge OUT.h5 [--from FOLDER]... [--partial] [options]",
     "make the file of a sweep that was played in shards", merge_command},
    {"check", "check FILE [--set key=value]... [options]",
     "validate a scenario; print its memory, file size and work", check_command},
    {"list", "list [KIND] [NAME] [--json-schema]", "what a scenario can be made of, with every key",
     list_command},
    {"init", "init STRUCTURE [-o FILE] [--minimal]", "write a commented scenario to start from",
     init_command},
    {"analyze", "analyze FILE.h5 [--explain] [--json | --csv]",
     "welfare and price of anarchy of a run or a sweep", analyze_command},
    {"report", "report FILE [-o report.html] [--force]",
     "a page about a run, a sweep or a validation, to open in a browser", report_command},
    {"watch", "watch OUT.h5 [--port N] [--every SECONDS]",
     "serve the page about a run to a browser on this machine, anew as the run goes on",
     watch_command},
    {"compare", "compare A.h5 B.h5 [...] [--json] [-o compare.html] [--force]",
     "runs side by side, with intervals of their differences", compare_command},
    {"evaluate", "evaluate FILE.h5 [--data DIR] [--regime NAME] [--trial N] [--json]",
     "test the networks of a run on held-out images", evaluate_command},
    {"certify", "certify FILE.h5 [--tolerance X] [--json] | certify --truthful FILE.toml",
     "whether the end points of a run are equilibria: what each agent could still gain",
     certify_command},
    {"route", "route NETWORK.tntp TRIPS.tntp [--gap X] [-o out.h5] [options]",
     "the price of anarchy of a road network", route_command},
    {"validate", "validate [FAMILY] [--grid] [--json | --markdown]",
     "play games with known answers and compare", validate_command},
    {"graph", "graph FILE.h5 [-o FILE.graphml|FILE.dot] [--regime NAME] [--trial N]",
     "who buys from whom, as GraphML or Graphviz", graph_command},
    {"completion", "completion bash | zsh | fish", "what a shell needs to complete commands",
     completion_command},
    {"man", "man [COMMAND]", "a manual page: gbid man run | man -l -", man_command},
    {"recover", "recover OUT.h5 [-o FILE.h5 [--snapshot]] [--force]",
     "publish what a killed run left in its journal", recover_command},
};

std::string help() {
  std::string text =
      "usage: gbid COMMAND [arguments]\n\n"
      "Markets of agents that learn by gradients. Plays a market with every agent maximising its "
      "own payoff and\n"
      "with all maximising the common payoff, and reports the price of anarchy.\n\n";
  for (const Command& command : kCommands)
    text += fmt::format("  {:<12}{}\n", command.name, command.summary);
  text +=
      "\n  --version  print the version\n"
      "  gbid help COMMAND explains a command.\n\n"
      "Results go to standard output, messages to standard error. Exit codes: 0 done; 1 some "
      "trials or points failed;\n"
      "64 wrong usage; 65 bad scenario or data; 66 missing input; 69 a package is missing; 70 "
      "internal error; 73 cannot "
      "create the output;\n"
      "74 input or output failed; 75 stopped early, finished work is kept.\n";
  return text;
}

ExitCode dispatch(const Arguments& arguments) {
  if (arguments.empty()) throw UsageError("a command is missing\n\n" + help());
  const std::string& name = arguments.front();
  if (name == "help" && arguments.size() > 1) return dispatch({arguments[1], "--help"});
  if (name == "--help" || name == "-h" || name == "help") {
    std::cout << help();
    return ExitCode::kOk;
  }
  if (name == "--version") {
    std::cout << "gbid " << version() << " (" << build_description() << ")\n";
    return ExitCode::kOk;
  }
  std::vector<std::string> names;
  for (const Command& command : kCommands) {
    if (name == command.name) return command.run({arguments.begin() + 1, arguments.end()});
    names.emplace_back(command.name);
  }
  const auto near = config::nearest(name, names);
  throw UsageError(
      fmt::format("unknown command {}{}", name,
                  near ? fmt::format("; did you mean {}?", *near) : "; see gbid --help"));
}

}  // namespace

std::span<const Command> commands() { return kCommands; }

}  // namespace gbid::cli

int main(int count, char** values) {
  using namespace gbid;
  cli::remember_command_line(count, values);
  // A limit on file sizes then shows as a failed write, with its reason.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    cli::guard_standard_streams();
    const ExitCode code = cli::dispatch({values + 1, values + count});
    std::cout.flush();
    if (!std::cout) throw IoError("standard output: cannot be written");
    return static_cast<int>(code);
  } catch (const Error& error) {
    cli::tell("{}", cli::shown_error(error.what(), cli::Paint::for_stderr()));
    return static_cast<int>(error.code());
  } catch (const std::bad_alloc&) {
    cli::tell("gbid: out of memory\n");
    return static_cast<int>(ExitCode::kInternal);
  } catch (const std::exception& error) {
    cli::tell("gbid: internal error, please report: {}\n", error.what());
    return static_cast<int>(ExitCode::kInternal);
  }
}
