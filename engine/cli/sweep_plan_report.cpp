// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/cli/sweep_plan_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "engine/cli/progress.hpp"
#include "engine/text/json_writer.hpp"
#include "engine/text/text_table.hpp"
#include "engine/text/utf8.hpp"

namespace gbid::cli {
namespace {

constexpr std::size_t kMostShown = 40;

struct Work {
  double simulations = 0.0, steps = 0.0, flops = 0.0, memory = 0.0;
};

Work work_of(const SweepPoint& point) {
  Work work;
  for (const UnitCost& cost : point.costs) {
    const auto trials = static_cast<double>(point.trials);
    work.simulations += trials;
    work.steps += trials * cost.steps;
    work.flops += trials * cost.flops;
    work.memory = std::max(work.memory, cost.bytes);
  }
  return work;
}

/// The largest simulations side by side, as far as the limit lets them.
double memory_together(const SweepPlan& plan, const PlanReportOptions& options) {
  std::vector<double> bytes;
  for (const SweepPoint& point : plan.points)
    for (const UnitCost& cost : point.costs) {
      const double fitting = std::max(1.0, std::floor(options.memory_bytes / cost.bytes));
      const auto block = static_cast<std::int64_t>(
          std::min(fitting, static_cast<double>(std::min(cost.block, point.trials))));
      const std::int64_t blocks = (point.trials + block - 1) / block;
      bytes.insert(bytes.end(),
                   static_cast<std::size_t>(std::min<std::int64_t>(blocks, options.threads)),
                   static_cast<double>(block) * cost.bytes);
    }
  std::sort(bytes.begin(), bytes.end(), std::greater<>());
  double together = 0.0;
  int running = 0;
  for (const double size : bytes) {
    if (running == options.threads) break;
    if (together + size > options.memory_bytes) continue;
    together += size;
    ++running;
  }
  return together + plan.shared_bytes;
}

}  // namespace

std::string plan_report(const SweepPlan& plan, const PlanReportOptions& options) {
  Work total;
  double records = 0.0;
  std::size_t refused = 0;
  for (const SweepPoint& point : plan.points) {
    const Work work = work_of(point);
    total.simulations += work.simulations;
    total.steps += work.steps;
    total.flops += work.flops;
    records += point.record_bytes + static_cast<double>(point.scenario_toml.size());
    refused += point.shape < 0;
  }
  const double memory = memory_together(plan, options);
  if (options.as_json) {
    JsonWriter json;
    json.begin_object().member("version", 1).member("points", plan.points.size());
    json.member("refused", refused).member("simulations", total.simulations);
    json.member("steps", total.steps).member("flops", total.flops);
    json.member("memory_bytes", memory).member("file_bytes", records).key("list").begin_array();
    for (std::size_t k = 0; k < plan.points.size(); ++k) {
      json.begin_object();
      const std::vector<std::size_t> which = plan.grid.at(static_cast<std::int64_t>(k));
      for (std::size_t axis = 0; axis < which.size(); ++axis)
        json.member(plan.grid.axes[axis].key, plan.grid.axes[axis].values[which[axis]]);
      json.member("seed", plan.points[k].seed).member("flops", work_of(plan.points[k]).flops);
      if (!plan.points[k].error.empty()) json.member("error", plan.points[k].error);
      json.end_object();
    }
    json.end_array().end_object();
    return json.text() + "\n";
  }
  // 1. The points.
  const std::size_t shown = std::min(plan.points.size(), kMostShown);
  std::vector<TextColumn> columns(1, {"point", true, {}});
  for (std::size_t k = 0; k < shown; ++k) columns[0].cells.push_back(std::to_string(k));
  for (std::size_t axis = 0; axis < plan.grid.axes.size(); ++axis) {
    TextColumn& column = columns.emplace_back();
    column.heading = printable(plan.grid.axes[axis].key);
    column.is_number = true;
    for (std::size_t k = 0; k < shown; ++k)
      column.cells.push_back(clipped(
          printable(plan.grid.axes[axis].values[plan.grid.at(static_cast<std::int64_t>(k))[axis]]),
          24));
  }
  TextColumn steps{"steps", true, {}}, work{"work", true, {}}, each{"memory each", true, {}},
      error{"", false, {}};
  for (std::size_t k = 0; k < shown; ++k) {
    const SweepPoint& point = plan.points[k];
    const Work of_point = work_of(point);
    const bool is_fine = point.shape >= 0;
    steps.cells.push_back(is_fine ? human_number(of_point.steps) : "");
    work.cells.push_back(is_fine ? human_number(of_point.flops) + "flop" : "");
    each.cells.push_back(is_fine ? human_number(of_point.memory) + "B" : "");
    error.cells.push_back(
        is_fine ? of_point.memory > options.memory_bytes ? "does not fit into --memory" : ""
                : "refused: " + printable(point.error.substr(0, point.error.find('\n'))));
  }
  columns.insert(columns.end(), {steps, work, each, error});
  std::string text = text_table(columns);
  if (shown < plan.points.size())
    text += fmt::format("  ... and {} more points: --json prints them all\n",
                        plan.points.size() - shown);
  // 2. All together.
  text += fmt::format("\n# points       {}{}\n", plan.points.size(),
                      refused ? fmt::format(", {} of them refused", refused) : "");
  text += fmt::format("# simulations  {}\n", grouped(static_cast<std::int64_t>(total.simulations)));
  text += fmt::format("# work         {} steps, {}flop\n", human_number(total.steps),
                      human_number(total.flops));
  text += fmt::format("# memory       {}B on {} threads, {}B may be used\n", human_number(memory),
                      options.threads, human_number(options.memory_bytes + plan.shared_bytes));
  text += fmt::format("# file         {}B before compression, twice that on disk while running\n",
                      human_number(records));
  return text;
}

}  // namespace gbid::cli
