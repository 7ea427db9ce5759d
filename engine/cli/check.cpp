// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>
#include <oneapi/tbb/info.h>

#include <filesystem>
#include <iostream>

#include "engine/cli/options.hpp"
#include "engine/cli/progress.hpp"
#include "engine/cli/resources.hpp"

namespace gbid::cli {

ExitCode check_command(const Arguments& arguments) {
  Options options("check");
  add_scenario_options(options);
  options.positional({"FILE"}, 1);
  if (!options.parse(arguments)) return ExitCode::kOk;
  const Scenario scenario = Scenario::load(scenario_document(options));
  const int threads = tbb::info::default_concurrency();
  refuse_what_does_not_fit(scenario, options.get<std::string>("FILE"), threads,
                           std::filesystem::current_path());
  const RunEstimate needed = scenario.estimate(threads);
  std::cout << scenario.resolved() << "\n"
            << fmt::format("# parameters   {} per trial and regime\n",
                           human_number(needed.parameters))
            << fmt::format("# memory       {}B on {} threads\n", human_number(needed.memory_bytes),
                           threads)
            << fmt::format("# file         {}B before compression\n",
                           human_number(needed.file_bytes))
            << fmt::format("# work         {} steps, {}flop\n# ok\n", human_number(needed.steps),
                           human_number(needed.flops));
  return ExitCode::kOk;
}

}  // namespace gbid::cli
