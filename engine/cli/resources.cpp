// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/cli/resources.hpp"

#include <fmt/format.h>

#include <fstream>

#include "engine/cli/progress.hpp"
#include "engine/core/error.hpp"

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

void refuse_what_does_not_fit(const Scenario& scenario, const std::string& name, int threads,
                              const std::filesystem::path& folder) {
  const RunEstimate needed = scenario.estimate(threads);
  const double memory = available_memory_bytes();
  if (memory > 0.0 && needed.memory_bytes > memory)
    throw ScenarioError(fmt::format(
        "{}: needs {}B of memory on {} threads, {}B are free; lower market.agents or --threads",
        name, human_number(needed.memory_bytes), threads, human_number(memory)));
  std::error_code missing;  // a folder that does not exist is told when the file is made
  const std::filesystem::space_info space = std::filesystem::space(folder, missing);
  // The journal holds every value once, and the file is written beside it.
  const double disk = 2.0 * needed.file_bytes;
  if (!missing && disk > static_cast<double>(space.available))
    throw ScenarioError(
        fmt::format("{}: needs {}B of disk while running, {}B are free; raise record.every", name,
                    human_number(disk), human_number(static_cast<double>(space.available))));
}

}  // namespace gbid::cli
