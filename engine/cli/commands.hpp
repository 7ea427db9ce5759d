// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/core/error.hpp"

namespace gbid::cli {

using Arguments = std::vector<std::string>;

/// One subcommand of the program.
struct Command {
  const char* name;
  const char* usage;
  const char* summary;
  ExitCode (*run)(const Arguments& arguments);
};

/// All of them, in the order of `gbid --help`.
std::span<const Command> commands();

ExitCode run_command(const Arguments&);         // run.cpp
ExitCode resume_command(const Arguments&);      // run.cpp
ExitCode sweep_command(const Arguments&);       // sweep.cpp
ExitCode status_command(const Arguments&);      // status.cpp
ExitCode merge_command(const Arguments&);       // merge.cpp
ExitCode check_command(const Arguments&);       // check.cpp
ExitCode list_command(const Arguments&);        // list.cpp
ExitCode init_command(const Arguments&);        // init.cpp
ExitCode analyze_command(const Arguments&);     // analyze.cpp
ExitCode route_command(const Arguments&);       // route.cpp
ExitCode recover_command(const Arguments&);     // recover.cpp
ExitCode report_command(const Arguments&);      // report.cpp
ExitCode watch_command(const Arguments&);       // report.cpp
ExitCode compare_command(const Arguments&);     // compare.cpp
ExitCode evaluate_command(const Arguments&);    // evaluate.cpp
ExitCode certify_command(const Arguments&);     // certify.cpp
ExitCode validate_command(const Arguments&);    // validate.cpp
ExitCode graph_command(const Arguments&);       // graph.cpp
ExitCode completion_command(const Arguments&);  // completion.cpp
ExitCode man_command(const Arguments&);         // completion.cpp

}  // namespace gbid::cli
