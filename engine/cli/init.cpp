// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <iostream>

#include "engine/cli/options.hpp"
#include "engine/cli/output.hpp"
#include "engine/config/suggestion.hpp"
#include "scenarios/loading/catalogue.hpp"

namespace gbid::cli {

ExitCode init_command(const Arguments& arguments) {
  Options options("init");
  options.text("output,o", "file to write; default: standard output");
  options.positional({"STRUCTURE"}, 1);
  if (!options.parse(arguments)) return ExitCode::kOk;
  const std::string name = options.get<std::string>("STRUCTURE");
  const auto example = example_scenario(name);
  if (!example) {
    std::vector<std::string> known;
    for (const auto& kind : market_kinds().describe()) known.push_back(kind.key);
    throw UsageError(fmt::format("init: unknown structure {}{} (known: {})", name,
                                 config::did_you_mean(name, known), fmt::join(known, ", ")));
  }
  const std::string text = scenario_schema().commented(*example);
  if (!options.has("output")) {
    std::cout << text;
    return ExitCode::kOk;
  }
  const std::string path = options.get<std::string>("output");
  if (std::filesystem::exists(path))
    throw IoError(fmt::format("{}: exists already", path), ExitCode::kCannotCreate);
  write_text_file(path, text);
  fmt::print(stderr, "wrote {}\n", path);
  return ExitCode::kOk;
}

}  // namespace gbid::cli
