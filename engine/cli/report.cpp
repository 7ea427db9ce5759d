// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/cli/options.hpp"
#include "engine/cli/python.hpp"

namespace gbid::cli {

ExitCode report_command(const Arguments& arguments) {
  Options options("report");
  options.text("output,o", "page to write; default: the name of FILE with the ending .html")
      .flag("force", "replace an existing page");
  options.positional({"FILE"}, 1);
  if (!options.parse(arguments)) return ExitCode::kOk;
  std::vector<std::string> words = {"report", "--output", output_beside_scenario(options, ".html")};
  if (options.has("force")) words.push_back("--force");
  words.insert(words.end(), {"--", options.get<std::string>("FILE")});
  become_python(words);
}

}  // namespace gbid::cli
