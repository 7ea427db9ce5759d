// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "engine/cli/options.hpp"
#include "engine/cli/output.hpp"
#include "engine/record/journal.hpp"

namespace gbid::cli {

ExitCode recover_command(const Arguments& arguments) {
  Options options("recover");
  options.flag("force", "replace an existing file");
  options.positional({"FILE"}, 1);
  if (!options.parse(arguments)) return ExitCode::kOk;
  std::string out = options.get<std::string>("FILE");
  constexpr std::string_view kEnding = ".journal";
  if (out.ends_with(kEnding)) out.resize(out.size() - kEnding.size());
  if (!std::filesystem::exists(journal_path(out)))
    throw MissingInputError(
        fmt::format("{}: nothing to recover: there is no {}", out, journal_path(out)));
  const bool is_complete = publish_run(out, options.has("force"));
  fmt::print(stderr, "wrote {}, {}\n", out,
             is_complete ? "complete" : "partial: some trials had not ended");
  return ExitCode::kOk;
}

}  // namespace gbid::cli
