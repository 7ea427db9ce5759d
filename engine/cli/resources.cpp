// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/cli/resources.hpp"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <fstream>

#include "engine/cli/progress.hpp"
#include "engine/core/error.hpp"

namespace gbid::cli {
namespace {

/// A number in a file of its own; 0 if there is none.
double number_in_file(const char* path) {
  std::ifstream file(path);
  double number = 0.0;
  return file >> number ? number : 0.0;
}

/// What is left of a limit, where both are known and the limit is one ("max" is none).
double left_of(double limit, double used) {
  return limit > 0.0 ? std::max(limit - used, 1.0) : 0.0;
}

}  // namespace

double available_memory_bytes() {
  double available = 0.0;
  std::ifstream info("/proc/meminfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("MemAvailable:")) available = std::stod(line.substr(13)) * 1024.0;
  for (const double left : {left_of(number_in_file("/sys/fs/cgroup/memory.max"),
                                    number_in_file("/sys/fs/cgroup/memory.current")),
                            left_of(number_in_file("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
                                    number_in_file("/sys/fs/cgroup/memory/memory.usage_in_bytes"))})
    if (left > 0.0 && (available == 0.0 || left < available)) available = left;
  return available;
}

void return_memory_at_once() {
#if defined(__GLIBC__)
  constexpr int kLargeBlock = 256 << 10;  // setting it keeps it from growing, which it else does
  mallopt(M_MMAP_THRESHOLD, kLargeBlock);
#endif
}

void keep_freed_memory() {
#if defined(__GLIBC__)
  constexpr int kKept = 32 << 20, kLargeBlock = 4 << 20, kAtOnce = 1 << 20;
  mallopt(M_TRIM_THRESHOLD, kKept);
  mallopt(M_MMAP_THRESHOLD, kLargeBlock);
  mallopt(M_TOP_PAD, kAtOnce);
#endif
}

double free_disk_bytes(const std::filesystem::path& folder) {
  std::error_code missing;
  const std::filesystem::space_info space = std::filesystem::space(folder, missing);
  return missing ? -1.0 : static_cast<double>(space.available);
}

void refuse_what_does_not_fit(const Scenario& scenario, const std::string& name, int threads,
                              const Device& device, const std::filesystem::path& folder) {
  const RunEstimate needed = scenario.estimate(threads, device);
  const double memory = available_memory_bytes();
  if (memory > 0.0 && needed.memory_bytes > memory)
    throw ScenarioError(fmt::format(
        "{}: needs {}B of memory on {} threads, {}B are free; lower market.agents or --threads",
        name, human_number(needed.memory_bytes), threads, human_number(memory)));
  const double room = free_disk_bytes(folder);  // a folder that does not exist is reported later
  // The journal holds every value once, and the file is written beside it.
  const double disk = 2.0 * needed.file_bytes;
  if (room >= 0.0 && disk > room)
    throw ScenarioError(
        fmt::format("{}: needs {}B of disk while running, {}B are free; raise record.every", name,
                    human_number(disk), human_number(room)));
}

}  // namespace gbid::cli
