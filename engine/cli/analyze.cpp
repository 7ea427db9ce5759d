// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/cli/options.hpp"
#include "engine/cli/output.hpp"

namespace gbid::cli {

ExitCode analyze_command(const Arguments& arguments) {
  Options options("analyze");
  options.add()("json", "print the result as JSON");
  options.positional({"FILE"}, 1);
  if (!options.parse(arguments)) return ExitCode::kOk;
  print_report(options.get<std::string>("FILE"), options.has("json"));
  return ExitCode::kOk;
}

}  // namespace gbid::cli
