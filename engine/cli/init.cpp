// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <utility>

#include "engine/cli/message.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/output.hpp"
#include "engine/config/suggestion.hpp"
#include "scenarios/loading/catalogue.hpp"

namespace gbid::cli {

namespace {

/// The keys alone whose values are not the defaults, without a word on them.
std::string minimal(const std::string& commented) {
  std::string text, header;
  std::istringstream lines(commented);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() == '#') continue;
    const bool is_header = line.front() == '[';
    if (is_header) header = "\n" + line + "\n";
    if (is_header && !line.starts_with("[regimes.")) continue;  // a regime may be all defaults
    text += std::exchange(header, "");
    if (!is_header) text += line + "\n";
  }
  return text;
}

constexpr const char* kSchemaNote =
    "#:schema ./gbid.schema.json\n"
    "# Editors with Taplo complete and check keys: gbid list keys --json-schema > "
    "gbid.schema.json\n\n";

}  // namespace

ExitCode init_command(const Arguments& arguments) {
  Options options("init");
  options.text("output,o", "file to write; default: standard output");
  options.flag("minimal", "the keys alone that have no default, without explanations");
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
  const std::string all = scenario_schema().commented(*example);
  const std::string text = options.has("minimal") ? minimal(all) : kSchemaNote + all;
  if (!options.has("output")) {
    std::cout << text;
    return ExitCode::kOk;
  }
  const std::string path = options.get<std::string>("output");
  if (std::filesystem::exists(path))
    throw IoError(fmt::format("{}: exists already", path), ExitCode::kCannotCreate);
  write_text_file(path, text);
  tell("wrote {}\n", path);
  return ExitCode::kOk;
}

}  // namespace gbid::cli
