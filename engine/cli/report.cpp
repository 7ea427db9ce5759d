// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include "engine/cli/options.hpp"
#include "engine/cli/python.hpp"
#include "engine/cli/session.hpp"

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

ExitCode watch_command(const Arguments& arguments) {
  constexpr std::int64_t kPort = 8470;
  Options options("watch");
  options.integer("port", "of 127.0.0.1; 0: any that is free", kPort)
      .number("every", "seconds between two looks at the journal", 2.0);
  options.positional({"FILE"}, 1);
  if (!options.parse(arguments)) return ExitCode::kOk;
  become_python({"watch", "--port", std::to_string(options.get<std::int64_t>("port")), "--every",
                 fmt::format("{}", options.get<double>("every")), "--",
                 without_ending(options.get<std::string>("FILE"), ".journal")});
}

}  // namespace gbid::cli
