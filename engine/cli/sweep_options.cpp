// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/cli/sweep_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "engine/cli/resources.hpp"
#include "engine/cli/session.hpp"
#include "engine/config/difference.hpp"
#include "engine/core/error.hpp"

namespace gbid::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kMemoryShare = 0.8;  // of what is free: the rest is for files and other programs

std::optional<std::int64_t> integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> environment(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? std::nullopt : integer(text);
}

/// "4GB", "512 MiB", "1e9".
double bytes_of(const std::string& text) {
  const auto refuse = [&] {
    throw UsageError(fmt::format("--memory: expected a size such as 4GB or 512MiB, got {}", text));
  };
  char* rest = nullptr;
  const double number = std::strtod(text.c_str(), &rest);
  std::string unit = rest;
  unit.erase(std::remove(unit.begin(), unit.end(), ' '), unit.end());
  if (rest == text.c_str() || !(number > 0.0)) refuse();
  constexpr std::pair<const char*, double> kUnits[] = {
      {"", 1.0},    {"B", 1.0},      {"KB", 1e3},        {"MB", 1e6},           {"GB", 1e9},
      {"TB", 1e12}, {"KiB", 1024.0}, {"MiB", 1048576.0}, {"GiB", 1073741824.0}, {"K", 1e3},
      {"M", 1e6},   {"G", 1e9}};
  for (const auto& [name, factor] : kUnits)
    if (unit == name) return number * factor;
  refuse();
  return 0.0;
}

/// One task of a SLURM job array: its number among the array's tasks, however they are numbered.
std::optional<Shard> slurm_shard() {
  const auto task = environment("SLURM_ARRAY_TASK_ID"),
             count = environment("SLURM_ARRAY_TASK_COUNT");
  if (!task || !count) return std::nullopt;
  const std::int64_t first = environment("SLURM_ARRAY_TASK_MIN").value_or(0);
  const std::int64_t step =
      std::max<std::int64_t>(1, environment("SLURM_ARRAY_TASK_STEP").value_or(1));
  const Shard shard{(*task - first) / step, *count};
  if (shard.index < 0 || shard.index >= shard.count)
    throw UsageError(
        fmt::format("task {} of an array of {} SLURM tasks from {} on: their numbers "
                    "must be evenly spaced; or give --shard I/N",
                    *task, *count, first));
  return shard;
}

}  // namespace

void add_sweep_options(Options& options) {
  add_scenario_options(options);
  options
      .texts("over",
             "KEY=VALUES to sweep: 10,20,50 or -1:0:0.25 or log:1e-3:1e-1:7 (may be repeated; "
             "all combinations are played)")
      .flag("zip", "take the k-th values of all keys together, not all combinations")
      .text("seeds",
            "independent: one seed per point (default); common: the scenario's seed for all points")
      .text("output,o",
            "file to write, or a folder; default: the scenario's name with _sweep.h5; needed if "
            "FILE is "
            "- "
            "(standard input)")
      .flag("dry-run",
            "print the points, the work, the memory and the size of the file; play nothing")
      .flag("resume", "continue an interrupted sweep; FILE may be left out if -o is given")
      .flag("retry", "with --resume: play failed simulations again")
      .text(
          "memory",
          "most memory for simulations side by side, such as 4GB; default: four fifths of what is "
          "free")
      .integer("threads", "threads to use; default: all. Results do not depend on it")
      .text("max-time",
            "stop in order after so long, such as 3h50m: --resume goes on (exit code 75)")
      .text("shard",
            "I/N: play only the I-th of N parts (from 0 on), then `gbid merge`; default: the task "
            "of a "
            "SLURM job array")
      .flag("force", "replace an existing file, or an unfinished sweep")
      .flag("quiet", "no progress and no table")
      .flag("json", "events as JSON, one per line");
}

SweepOrder order_of(const Options& options) {
  config::Document document = scenario_document(options);
  SweepOrder order;
  order.scenario_text = document.text();
  order.name = document.name();
  order.directory = fs::absolute(document.directory().empty() ? "." : document.directory())
                        .lexically_normal()
                        .string();
  order.overrides = document.overrides();
  order.options = document.options();
  order.grid = sweep_of(document);
  if (options.has("over")) {
    order.grid.axes.clear();
    for (const std::string& text : options.get<std::vector<std::string>>("over"))
      order.grid.axes.push_back(parse_axis(text));
    order.grid.is_zipped = false;
  }
  if (options.has("zip")) order.grid.is_zipped = true;
  if (options.has("seeds")) {
    const std::string seeds = options.get<std::string>("seeds");
    if (seeds != "independent" && seeds != "common")
      throw UsageError(fmt::format("--seeds: expected independent or common, got {}", seeds));
    order.grid.seeds = seeds == "common" ? SweepSeeds::kCommon : SweepSeeds::kIndependent;
  }
  return order;
}

std::string sweep_output(const Options& options) {
  if (!options.has("output")) return output_beside_scenario(options, "_sweep.h5");
  std::string name;
  if (options.has("FILE") && !is_from_standard_input(options))
    name = fs::path(options.get<std::string>("FILE")).stem().string() + "_sweep.h5";
  std::string out = options.get<std::string>("output");
  if (out.empty()) throw UsageError("--output: expected a file name, got nothing");
  std::error_code none;
  if (fs::is_directory(out, none) || out.ends_with('/')) {
    if (name.empty()) throw UsageError("--output: expected the file, got a folder");
    out = (fs::path(out) / name).string();
  }
  return out;
}

Shard shard_of(const Options& options) {
  if (!options.has("shard")) return slurm_shard().value_or(Shard{});
  const std::string text = options.get<std::string>("shard");
  const std::size_t slash = text.find('/');
  const auto index = integer(text.substr(0, slash));
  const auto count = slash == std::string::npos ? std::nullopt : integer(text.substr(slash + 1));
  if (!index || !count || *count < 1 || *index < 0 || *index >= *count)
    throw UsageError(fmt::format("--shard: expected I/N with I from 0 to N - 1, got {}", text));
  return {*index, *count};
}

double memory_limit(const Options& options, int processes) {
  if (options.has("memory")) return bytes_of(options.get<std::string>("memory"));
  const double available = available_memory_bytes();
  constexpr double kUnknown = 1e18;
  return available > 0.0 ? kMemoryShare * available / processes : kUnknown;
}

int sweep_threads(const Options& options, int processes) {
  if (options.has("threads")) return thread_count(options);
  return std::max(1, thread_count(options) / processes);
}

std::string difference(const SweepOrder& before, const SweepOrder& now) {
  const auto swept = [](const SweepOrder& order) {
    std::string text;
    for (const SweepAxis& axis : order.grid.axes)
      text +=
          fmt::format("{}{}={}", text.empty() ? "" : " ", axis.key, fmt::join(axis.values, ","));
    return text;
  };
  if (swept(before) != swept(now))
    return fmt::format("it sweeps {}, this one {}", swept(before), swept(now));
  if (before.grid.is_zipped != now.grid.is_zipped) return "only one of the two is zipped";
  if (before.grid.seeds != now.grid.seeds) return "their points have different seeds";
  if (before.overrides != now.overrides)
    return fmt::format("its overrides are [{}], here [{}]", fmt::join(before.overrides, " "),
                       fmt::join(now.overrides, " "));
  if (before.scenario_text != now.scenario_text)
    return fmt::format(
        "the scenario file has changed since: {}",
        fmt::join(config::differences(before.scenario_text, now.scenario_text), "; "));
  return "the same command would now give other numbers: gbid or its inputs have another version";
}

}  // namespace gbid::cli
