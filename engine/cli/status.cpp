// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <limits>

#include "analysis/sweep/tables.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/output.hpp"
#include "engine/cli/progress.hpp"
#include "engine/cli/session.hpp"
#include "engine/core/error.hpp"
#include "engine/record/journal.hpp"
#include "engine/record/journal_reader.hpp"
#include "engine/record/run_reader.hpp"
#include "engine/text/json_writer.hpp"
#include "engine/text/utf8.hpp"

namespace gbid::cli {
namespace {

/// The progress of a sweep, from what its processes have written.
struct SweepState {
  std::string state;  ///< running, interrupted, played (not merged), complete or partial
  std::int64_t points = 0, points_done = 0, points_failed = 0, points_refused = 0;
  std::int64_t simulations = 0, simulations_done = 0;
  int processes = 0;
  double seconds_left = std::numeric_limits<double>::quiet_NaN();  ///< at the rate so far
};

SweepState finished_state(const std::string& path) {
  const SweepCounts counts = count_sweep(path);
  SweepState state;
  state.state = counts.not_run == 0 ? "complete" : "partial";
  state.points = counts.points;
  state.points_done = counts.points - counts.not_run - counts.refused;
  state.points_failed = counts.failed;
  state.points_refused = counts.refused;
  return state;
}

/// The time left follows from the work between the first and the last result, per second. A pause
/// between two runs counts as time, so that after one the estimate is too long at first.
double seconds_left(const SweepPlan& plan, const Parts& parts) {
  double all = 0.0, done = 0.0, first = std::numeric_limits<double>::infinity(), last = -first;
  for (const SweepPoint& point : plan.points)
    for (const UnitCost& cost : point.costs) all += cost.flops * static_cast<double>(point.trials);
  for (const auto& [unit, stored] : parts.units()) {
    done += plan.points[static_cast<std::size_t>(unit.point)].costs[unit.regime].flops;
    first = std::min(first, stored.finished - stored.seconds);
    last = std::max(last, stored.finished);
  }
  return done > 0.0 && last > first ? (all - done) / done * (last - first)
                                    : std::numeric_limits<double>::quiet_NaN();
}

SweepState running_state(const WorkFolder& folder) {
  const SweepOrder order = folder.order();
  ImageCache images;
  const SweepPlan plan = plan_sweep({order.document(), order.grid}, images);
  const Parts parts({folder.path()}, order.fingerprint);
  SweepState state;
  state.processes = parts.live();
  state.state = state.processes > 0 ? "running" : "interrupted";
  state.points = static_cast<std::int64_t>(plan.points.size());
  for (std::int64_t point = 0; point < state.points; ++point) {
    const PointStatus status = point_status(plan, point, parts);
    state.points_refused += status == PointStatus::kRefused;
    state.points_done += status != PointStatus::kRefused && status != PointStatus::kNotRun;
    state.points_failed += status == PointStatus::kFailed || status == PointStatus::kSomeFailed;
  }
  state.simulations = plan.unit_count();
  state.simulations_done = parts.size();
  if (state.processes == 0 && state.simulations_done == state.simulations) state.state = "played";
  state.seconds_left = seconds_left(plan, parts);
  return state;
}

std::string json_of(const SweepState& state) {
  JsonWriter json;
  json.begin_object().member("version", 1).member("state", state.state);
  json.member("points", state.points).member("points_done", state.points_done);
  json.member("points_failed", state.points_failed);
  json.member("points_refused", state.points_refused);
  json.member("simulations", state.simulations);
  json.member("simulations_done", state.simulations_done);
  json.member("processes", state.processes).member("seconds_left", state.seconds_left);
  json.end_object();
  return json.text() + "\n";
}

std::string text_of(const SweepState& state, const std::string& file) {
  std::string text = fmt::format("{}: {}, {} of {} points", file, state.state,
                                 grouped(state.points_done), grouped(state.points));
  if (state.points_refused > 0) text += fmt::format(", {} refused", state.points_refused);
  if (state.points_failed > 0)
    text += fmt::format(", {} with failures", grouped(state.points_failed));
  if (state.simulations > 0)
    text += fmt::format(", {} of {} simulations", grouped(state.simulations_done),
                        grouped(state.simulations));
  if (state.state == "running") {
    text +=
        fmt::format(" by {} {}", state.processes, state.processes == 1 ? "process" : "processes");
    if (state.seconds_left == state.seconds_left)
      text += fmt::format(", {} left", human_time(state.seconds_left));
  }
  if (state.state == "played") text += "; gbid merge " + file + " makes the file";
  if (state.state == "interrupted") text += "; gbid sweep --resume -o " + file + " continues it";
  return text + "\n";
}

/// One regime of a run, from its journal or its file.
struct RegimeState {
  std::string name;
  std::int64_t ended = 0, settled = 0, failed = 0, under_way = 0;  ///< trials
  std::int64_t first_record = -1;  ///< step of the last record of the trial that is least far
  std::int64_t last_step = 0;      ///< that can be recorded
};

/// The progress of a run. Nothing of it is touched: a journal is only read.
struct RunState {
  std::string state;  ///< running, interrupted, complete or partial
  std::int64_t trials = 0;
  std::vector<RegimeState> regimes;
};

void count(const Outcome& outcome, RegimeState& regime) {
  const TrialStatus status = outcome.status;
  regime.failed += status == TrialStatus::kFailed;
  regime.settled += status == TrialStatus::kSettled;
  regime.ended += status == TrialStatus::kFailed || status == TrialStatus::kSettled ||
                  status == TrialStatus::kCompleted;
}

RunState of_journal(const std::string& path) {
  const JournalReader journal(path);
  const RunLayout& layout = journal.layout();
  RunState state{is_locked(path) ? "running" : "interrupted", layout.trials, {}};
  for (std::size_t k = 0; k < layout.regimes.size(); ++k) {
    const std::vector<std::int64_t>& steps = layout.regimes[k].steps;
    RegimeState regime{layout.regimes[k].name};
    regime.last_step = steps.empty() ? 0 : steps.back();
    for (std::int64_t trial = 0; trial < layout.trials; ++trial) {
      if (journal.is_whole(k, trial)) {
        count(journal.outcome(k, trial), regime);
        continue;
      }
      const std::int64_t records = journal.unbroken_records(k, trial);
      if (records == 0) continue;
      ++regime.under_way;
      const std::int64_t step = steps[static_cast<std::size_t>(records - 1)];
      regime.first_record = regime.first_record < 0 ? step : std::min(regime.first_record, step);
    }
    state.regimes.push_back(std::move(regime));
  }
  return state;
}

RunState of_file(const RunReader& run) {
  RunState state{run.info().status, 0, {}};
  for (const std::string& name : run.regimes()) {
    RegimeState regime{name};
    const std::vector<std::int64_t> steps = run.group(name).steps;
    regime.last_step = steps.empty() ? 0 : steps.back();
    for (const Outcome& outcome : run.outcomes(name)) count(outcome, regime);
    state.trials = run.group(name).trials;
    state.regimes.push_back(std::move(regime));
  }
  return state;
}

std::string json_of(const RunState& state) {
  JsonWriter json;
  json.begin_object().member("version", 1).member("kind", "run").member("state", state.state);
  json.member("trials", state.trials);
  json.key("regimes").begin_array();
  for (const RegimeState& regime : state.regimes) {
    json.begin_object().member("name", regime.name).member("ended", regime.ended);
    json.member("settled", regime.settled).member("failed", regime.failed);
    json.member("under_way", regime.under_way).member("last_step", regime.last_step);
    json.key("recorded_step");
    regime.first_record < 0 ? json.null() : json.value(regime.first_record);
    json.end_object();
  }
  json.end_array().end_object();
  return json.text() + "\n";
}

std::string text_of(const RunState& state, const std::string& file) {
  std::string text = fmt::format("{}: {}\n", file, state.state);
  for (const RegimeState& regime : state.regimes) {
    text += fmt::format("  {}: {} of {} trials have ended", printable(regime.name),
                        grouped(regime.ended), grouped(state.trials));
    if (regime.settled > 0) text += fmt::format(", {} settled", grouped(regime.settled));
    if (regime.failed > 0) text += fmt::format(", {} failed", grouped(regime.failed));
    if (regime.under_way > 0)
      text += fmt::format("; {} under way, the slowest at step {} of {}", grouped(regime.under_way),
                          grouped(regime.first_record), grouped(regime.last_step));
    text += "\n";
  }
  if (state.state == "interrupted" || state.state == "partial")
    text += fmt::format("  gbid resume {} goes on\n", file);
  return text;
}

}  // namespace

ExitCode status_command(const Arguments& arguments) {
  Options options("status");
  options.flag("json", "as JSON");
  options.positional({"FILE"}, 1);
  if (!options.parse(arguments)) return ExitCode::kOk;
  std::string file = options.get<std::string>("FILE");
  constexpr std::string_view kEnding = ".sweep";
  if (file.ends_with(kEnding)) file.resize(file.size() - kEnding.size());
  const auto print_run = [&](const RunState& state) {
    std::cout << (options.has("json") ? json_of(state) : text_of(state, file));
    return ExitCode::kOk;
  };
  file = without_ending(std::move(file), ".journal");
  if (!JournalReader::is_failed_start(journal_path(file)))
    return print_run(of_journal(journal_path(file)));
  const WorkFolder folder(work_folder_path(file));
  if (!folder.exists() && !std::filesystem::exists(file))
    throw MissingInputError(
        fmt::format("{}: no run and no sweep: there is neither the file nor {} or {}", file,
                    journal_path(file), folder.path()));
  if (!folder.exists())
    if (const RunReader run(file); run.info().kind != "sweep") return print_run(of_file(run));
  const SweepState state = folder.exists() ? running_state(folder) : finished_state(file);
  std::cout << (options.has("json") ? json_of(state) : text_of(state, file));
  return ExitCode::kOk;
}

}  // namespace gbid::cli
