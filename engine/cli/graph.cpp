// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "analysis/market_graph.hpp"
#include "engine/cli/message.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/output.hpp"
#include "engine/config/suggestion.hpp"

namespace gbid::cli {

ExitCode graph_command(const Arguments& arguments) {
  Options options("graph");
  options.text("output,o", "file to write, .graphml or .dot; default: DOT on standard output")
      .text("regime", "regime; default: the first")
      .integer("trial", "trial", 0)
      .flag("all-bids", "every positive bid; default: only what is bought")
      .flag("force", "replace an existing file");
  options.positional({"FILE"}, 1);
  if (!options.parse(arguments)) return ExitCode::kOk;
  // 1. What, and into which form.
  const std::string path = options.get<std::string>("FILE");
  const std::string out = options.has("output") ? options.get<std::string>("output") : "";
  const std::string ending = std::filesystem::path(out).extension().string();
  if (!out.empty() && ending != ".graphml" && ending != ".dot")
    throw UsageError(
        fmt::format("graph: {}: expected the ending .graphml or .dot, got \"{}\"", out, ending));
  if (!out.empty() && std::filesystem::exists(out) && !options.has("force"))
    throw IoError(fmt::format("{}: exists already; --force replaces it", out),
                  ExitCode::kCannotCreate);
  const RunReader run(path);
  if (run.regimes().empty()) throw DataError(fmt::format("{}: has no regimes", path));
  std::string regime = run.regimes().front();
  if (options.has("regime")) {
    regime = options.get<std::string>("regime");
    if (std::find(run.regimes().begin(), run.regimes().end(), regime) == run.regimes().end())
      throw UsageError(fmt::format("graph: {} has no regime {}{}", path, regime,
                                   config::did_you_mean(regime, run.regimes())));
  }
  const auto trial = options.get<std::int64_t>("trial");
  const auto trials = static_cast<std::int64_t>(run.outcomes(regime).size());
  if (trial < 0 || trial >= trials)
    throw UsageError(
        fmt::format("--trial: expected a number from 0 to {}, got {}", trials - 1, trial));
  // 2. Write.
  const graph::AttributedGraph market = market_graph(run, regime, trial, options.has("all-bids"));
  const std::string text =
      ending == ".graphml"
          ? graph::to_graphml(market)
          : market_dot(market, fmt::format("{}: {}, trial {}", run.info().title, regime, trial));
  if (out.empty()) {
    std::cout << text;
    return ExitCode::kOk;
  }
  write_text_file(out, text);
  tell("wrote {}\n", out);
  return ExitCode::kOk;
}

}  // namespace gbid::cli
