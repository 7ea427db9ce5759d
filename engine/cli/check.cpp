// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>
#include <oneapi/tbb/info.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "engine/cli/options.hpp"
#include "engine/cli/progress.hpp"
#include "scenarios/scenario.hpp"

namespace gbid::cli {
namespace {

/// Memory that can be had without swapping, from the kernel's own estimate; 0 where it gives none.
double available_memory_bytes() {
  std::ifstream info("/proc/meminfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("MemAvailable:")) return std::stod(line.substr(13)) * 1024.0;
  return 0.0;
}

}  // namespace

ExitCode check_command(const Arguments& arguments) {
  Options options("check");
  add_scenario_options(options);
  options.positional({"FILE"}, 1);
  if (!options.parse(arguments)) return ExitCode::kOk;
  const Scenario scenario = Scenario::load(scenario_document(options));
  const int threads = tbb::info::default_concurrency();
  const RunEstimate needed = scenario.estimate(threads);
  std::cout << scenario.resolved() << "\n"
            << fmt::format("# parameters   {} a trial and regime\n",
                           human_number(needed.parameters))
            << fmt::format("# memory       {}B on {} threads\n", human_number(needed.memory_bytes),
                           threads)
            << fmt::format("# file         {}B before compression\n",
                           human_number(needed.file_bytes))
            << fmt::format("# work         {} steps, {}flop\n", human_number(needed.steps),
                           human_number(needed.flops));
  const double memory = available_memory_bytes();
  if (memory > 0.0 && needed.memory_bytes > memory)
    throw ScenarioError(fmt::format(
        "{}: needs {}B of memory on {} threads, {}B are free; lower market.agents or --threads",
        options.get<std::string>("FILE"), human_number(needed.memory_bytes), threads,
        human_number(memory)));
  const auto disk =
      static_cast<double>(std::filesystem::space(std::filesystem::current_path()).available);
  // The journal holds every value once, and the file is written beside it.
  if (2.0 * needed.file_bytes > disk)
    throw ScenarioError(
        fmt::format("{}: needs {}B of disk while running, {}B are free; raise record.every",
                    options.get<std::string>("FILE"), human_number(2.0 * needed.file_bytes),
                    human_number(disk)));
  std::cout << "# ok\n";
  return ExitCode::kOk;
}

}  // namespace gbid::cli
