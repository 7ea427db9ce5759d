// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>
#include <oneapi/tbb/info.h>

#include <filesystem>
#include <iostream>

#include "engine/cli/auto_trials.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/progress.hpp"
#include "engine/cli/resources.hpp"
#include "scenarios/play/run_device.hpp"

namespace gbid::cli {

ExitCode check_command(const Arguments& arguments) {
  Options options("check");
  add_scenario_options(options);
  options.positional({"FILE"}, 1);
  if (!options.parse(arguments)) return ExitCode::kOk;
  config::Document document = scenario_document(options);
  take_auto_trials(document);  // what follows is of the trials that are played first
  const Scenario scenario = Scenario::load(document);
  const int threads = tbb::info::default_concurrency();
  const std::string file = options.get<std::string>("FILE");
  std::string why;
  const Device device = device_of_run(scenario, file, scenario.config().device, threads, why);
  refuse_what_does_not_fit(scenario, file, threads, device, std::filesystem::current_path());
  const RunEstimate needed = scenario.estimate(threads, device);
  std::cout << scenario.resolved() << "\n"
            << fmt::format("# parameters   {} per trial and regime\n",
                           human_number(needed.parameters))
            << fmt::format("# memory       {}B on {} threads\n", human_number(needed.memory_bytes),
                           threads)
            << fmt::format("# device       {}{}\n", device.name(),
                           needed.card_bytes > 0.0
                               ? fmt::format(", {}B on it", human_number(needed.card_bytes))
                           : why.empty() ? ""
                                         : fmt::format(": {}", why))
            << fmt::format("# file         {}B before compression\n",
                           human_number(needed.file_bytes))
            << fmt::format("# work         {} steps, {}flop\n# ok\n", human_number(needed.steps),
                           human_number(needed.flops));
  return ExitCode::kOk;
}

}  // namespace gbid::cli
