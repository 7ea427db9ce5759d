// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <fmt/format.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <thread>

#include "analysis/sweep/tables.hpp"
#include "engine/cli/cluster.hpp"
#include "engine/cli/message.hpp"
#include "engine/cli/options.hpp"
#include "engine/cli/output.hpp"
#include "engine/cli/progress.hpp"
#include "engine/cli/resources.hpp"
#include "engine/cli/session.hpp"
#include "engine/cli/sweep_options.hpp"
#include "engine/cli/sweep_plan_report.hpp"
#include "engine/core/version.hpp"
#include "engine/text/json_writer.hpp"

namespace gbid::cli {
namespace {

constexpr std::chrono::seconds kFirstPrints{3};

namespace fs = std::filesystem;

/// One call of `gbid sweep`, from the order to the file.
class SweepCommand {
 public:
  SweepCommand(const Options& options, const Cluster& cluster)
      : options_(options), cluster_(cluster), shard_(shard_of(options)) {}

  ExitCode run() {
    read_order();
    const int threads = sweep_threads(options_, cluster_.local_size());
    const ThreadLimits limits(threads, 1);
    arena_.initialize(threads);
    plan_ = arena_.execute([&] { return plan_sweep({order_.document(), order_.grid}, images_); });
    order_.fingerprint = plan_.fingerprint;
    const double memory = memory_limit(options_, cluster_.local_size()) - plan_.shared_bytes;
    if (options_.has("dry-run")) {
      if (cluster_.rank() == 0)
        std::cout << plan_report(plan_, {threads, memory, options_.has("json")});
      return ExitCode::kOk;
    }
    open_folder();
    const Parts done({folder_.path()}, plan_.fingerprint);
    take_jobs(done, threads);
    const bool is_whole = play(done, threads, memory);
    return is_whole ? conclude() : stopped();
  }

 private:
  bool is_first() const { return cluster_.rank() == 0; }
  bool is_sharded() const { return shard_.count > 1; }

  /// From the command line, or from the folder of the sweep that is to be resumed.
  void read_order() {
    std::string text;
    if (is_first()) {
      out_ = sweep_output(options_);
      folder_ = WorkFolder(work_folder_path(out_));
      if (options_.has("FILE")) {
        order_ = order_of(options_);
        order_.command_line = command_line();
        order_.created = creation_time();
        order_.version = version();
        order_.build = build_description();
      } else {
        if (!folder_.exists())
          throw MissingInputError(fmt::format("{}: there is no sweep to resume", folder_.path()));
        order_ = folder_.order();
      }
      text = to_toml(order_);
    }
    cluster_.broadcast(text);
    cluster_.broadcast(out_);
    if (is_first()) return;
    folder_ = WorkFolder(work_folder_path(out_));
    order_ = order_from_toml(text, "the order of the first process");
  }

  /// Refuses to overwrite, or continues what is there.
  void open_folder() {
    if (!is_first()) return;
    const bool resumes = options_.has("resume") || is_sharded();
    // A file beside the folder of the same sweep was left by a merge that was killed at its end.
    replaces_ = options_.has("force") || (resumes && folder_.exists());
    check_output(out_, replaces_, order_.name, plan_.inputs);
    refuse_a_full_disk();
    if (folder_.exists() && options_.has("force") && !resumes) {
      refuse_if_live();
      folder_.remove();
    }
    if (!folder_.exists()) {
      if (!is_sharded()) folder_.remove();  // left by a sweep that was killed at its very end
      folder_.create(order_);
    } else if (!resumes) {
      throw IoError(fmt::format("{}: belongs to an unfinished sweep; --resume continues it, "
                                "--force starts over",
                                folder_.path()),
                    ExitCode::kCannotCreate);
    }
    const SweepOrder before = folder_.order();  // perhaps of another shard, begun just now
    if (before.fingerprint != order_.fingerprint)
      throw UsageError(fmt::format(
          "{}: holds another sweep: {}\n  started by: {}\n  --force without --resume starts over",
          folder_.path(), difference(before, order_), before.command_line));
    if (before.build != order_.build || before.version != order_.version)
      tell(
          "gbid: the sweep was begun by gbid {} ({}); numbers may differ in their "
          "last digits\n",
          before.version, before.build);
    order_ = before;  // the file says how it was begun
  }

  void refuse_if_live() const {
    const SweepOrder before = folder_.order();
    if (Parts({folder_.path()}, before.fingerprint).live() > 0)
      throw IoError(folder_.path() + ": a sweep is still writing there", ExitCode::kCannotCreate);
  }

  void refuse_a_full_disk() const {
    double bytes = 0.0;
    for (const SweepPoint& point : plan_.points) bytes += point.record_bytes;
    const double room = free_disk_bytes(fs::absolute(out_).parent_path());
    if (room >= 0.0 && 2.0 * bytes > room)
      throw ScenarioError(
          fmt::format("{}: needs {}B of disk while running, {}B are free; raise record.every",
                      order_.name, human_number(2.0 * bytes), human_number(room)));
  }

  /// What is left to play; the same list in every process.
  void take_jobs(const Parts& done, int threads) {
    std::vector<std::int64_t> numbers;
    if (is_first()) {
      jobs_ = make_jobs(
          plan_,
          {&done, shard_, options_.has("retry") ? Replay::kFailed : Replay::kNothing,
           CheckpointFolder(folder_.path()).places(plan_.fingerprint), threads * cluster_.size()});
      for (const SweepJob& job : jobs_) {
        numbers.push_back(static_cast<std::int64_t>(job.blocks.size()));
        for (const auto& [first, count] : job.blocks)
          numbers.insert(numbers.end(), {first.point, first.regime, first.trial, count});
      }
    }
    if (cluster_.size() == 1) return;
    cluster_.broadcast(numbers);
    if (is_first()) return;
    for (std::size_t k = 0; k < numbers.size();) {
      SweepJob& job = jobs_.emplace_back();
      for (std::int64_t left = numbers[k++]; left > 0; --left, k += 4)
        job.add({{numbers[k], static_cast<std::uint32_t>(numbers[k + 1]), numbers[k + 2]},
                 numbers[k + 3]},
                plan_.points[static_cast<std::size_t>(numbers[k])]
                    .costs[static_cast<std::size_t>(numbers[k + 1])]);
    }
  }

  /// @return false if it was stopped.
  bool play(const Parts& done, int threads, double memory) {
    return_memory_at_once();
    std::atomic<bool>& stop = stop_on_signals();
    const Deadline deadline(max_time(options_), stop);
    PartWriter part(folder_.path(), plan_.fingerprint);
    CheckpointFolder checkpoints(folder_.path());
    PlayerOptions player_options{threads, memory, {}, &checkpoints, cluster_.rank() > 0};
    if (options_.has("json") && is_first())
      player_options.on_point = [this](std::int64_t point) { tell_point(point); };
    SweepPlayer player(plan_, jobs_, is_first() ? &done : nullptr, images_, part, player_options);
    tell_start(player);
    {
      Progress progress(progress_of(player));
      try {
        const auto team = cluster_.team(jobs_.size(), player);
        player.play(*team, stop);
        part.close();
      } catch (const Error& error) {
        progress.finish();
        if (cluster_.size() > 1) {
          tell("gbid: {}\n", error.what());
          cluster_.abandon(error.code());
        }
        throw IoError(
            fmt::format("{} (finished simulations are kept in {}; --resume continues the sweep)",
                        error.what(), folder_.path()),
            error.code());
      }
    }
    if (stop) return false;
    cluster_.wait_for_all();
    return true;
  }

  ProgressConfig progress_of(const SweepPlayer& player) const {
    ProgressConfig config;
    config.label = fs::path(order_.name).stem().string();
    config.is_quiet = options_.has("quiet") || !is_first();
    const auto start = std::chrono::steady_clock::now();
    const SweepProgress before = player.progress();
    const std::int64_t count = own_points();
    double flops = before.flops_done;
    for (const SweepJob& job : jobs_) flops += job.flops;
    config.total = std::max<std::int64_t>(1, std::llround(flops / kFlopsPerTick));
    config.already = std::llround(before.flops_done / kFlopsPerTick);
    config.sample = [&player, start, before, count] {
      const SweepProgress now = player.progress();
      const double seconds =
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      const double rate = static_cast<double>(now.points_done - before.points_done) / seconds;
      std::string text = fmt::format("{} of {} points", grouped(now.points_done), grouped(count));
      if (now.failed > 0) text += fmt::format(", {} simulations failed", grouped(now.failed));
      if (rate > 0.0) text += fmt::format("  {} points/s", human_number(rate));
      return ProgressSample{std::llround(now.flops_done / kFlopsPerTick), text};
    };
    return config;
  }

  /// Points that can be played; of a shard, those it plays.
  std::int64_t own_points() const {
    std::vector<bool> is_own(plan_.points.size(), !is_sharded());
    for (const SweepJob& job : jobs_)
      for (const UnitBlock& block : job.blocks)
        is_own[static_cast<std::size_t>(block.first.point)] = true;
    std::int64_t count = 0;
    for (std::size_t k = 0; k < is_own.size(); ++k)
      count += is_own[k] && plan_.points[k].shape >= 0;
    return count;
  }

  void tell_start(const SweepPlayer& player) const {
    if (!options_.has("json") || !is_first()) return;
    JsonWriter json(JsonWriter::Style::kOneLine);
    json.begin_object().member("event", "start").member("file", out_);
    json.member("points", plan_.points.size()).member("simulations", plan_.unit_count());
    json.member("points_done", player.progress().points_done).end_object();
    std::cout << json.text() << std::endl;
    for (std::size_t k = 0; k < plan_.points.size(); ++k)
      if (plan_.points[k].shape < 0) tell_point(static_cast<std::int64_t>(k));
  }

  void tell_point(std::int64_t number) const {
    const SweepPoint& point = plan_.points[static_cast<std::size_t>(number)];
    JsonWriter json(JsonWriter::Style::kOneLine);
    json.begin_object().member("event", point.shape < 0 ? "refused" : "point");
    json.member("point", number).key("values").begin_object();
    const std::vector<std::size_t> which = plan_.grid.at(number);
    for (std::size_t axis = 0; axis < which.size(); ++axis)
      json.member(plan_.grid.axes[axis].key, plan_.grid.axes[axis].values[which[axis]]);
    json.end_object();
    if (!point.error.empty()) json.member("message", point.error);
    json.end_object();
    std::cout << json.text() << std::endl;  // a reader of the events gets them at once
  }

  ExitCode stopped() const {
    if (is_first())
      tell("gbid: stopped early; {} keeps finished simulations, --resume continues the sweep\n",
           folder_.path());
    cluster_.abandon(ExitCode::kStopped);
    return ExitCode::kStopped;
  }

  /// Merges what all have played; of a shard, only says so.
  ExitCode conclude() {
    if (!is_first()) return ExitCode::kOk;
    if (is_sharded()) {
      tell("gbid: shard {}/{} is done; when all are, `gbid merge {}` makes the file\n",
           shard_.index, shard_.count, out_);
      return ExitCode::kOk;
    }
    arena_.execute([&] { merge_sweep(plan_, order_, {folder_.path()}, out_, replaces_); });
    folder_.remove();
    const SweepCounts counts = count_sweep(out_);
    if (options_.has("json")) {
      JsonWriter json(JsonWriter::Style::kOneLine);
      json.begin_object().member("event", "end").member("file", out_);
      json.member("points", counts.points).member("failed", counts.failed);
      json.member("refused", counts.refused).end_object();
      std::cout << json.text() << std::endl;
    } else if (!options_.has("quiet")) {
      print_sweep_report(out_);
      tell("wrote {}\n", out_);
    }
    return counts.failed + counts.refused > 0 ? ExitCode::kSomeFailed : ExitCode::kOk;
  }

  static constexpr double kFlopsPerTick = 1e6;

  const Options& options_;
  const Cluster& cluster_;
  Shard shard_;
  tbb::task_arena arena_;  // for what the main thread does itself
  std::string out_;
  bool replaces_ = false;  // a file that is there
  WorkFolder folder_{""};
  SweepOrder order_;
  ImageCache images_;
  SweepPlan plan_;
  std::vector<SweepJob> jobs_;
};

}  // namespace

ExitCode sweep_command(const Arguments& arguments) {
  Options options("sweep");
  add_sweep_options(options);
  options.positional({"FILE"}, 0);
  if (!options.parse(arguments)) return ExitCode::kOk;
  if (!options.has("FILE") && !(options.has("resume") && options.has("output")))
    throw UsageError("sweep: FILE is missing; without one, --resume needs -o OUT.h5");
  const auto cluster = make_cluster();
  try {
    return SweepCommand(options, *cluster).run();
  } catch (const Error& error) {
    if (cluster->size() > 1) {
      // The other processes may be waiting for an answer that will not come. A mistake that all of
      // them find is printed by the first, which ends the others: they leave it the time to.
      if (cluster->rank() > 0) std::this_thread::sleep_for(kFirstPrints);
      tell("gbid: {}\n", error.what());
      cluster->abandon(error.code());
    }
    throw;
  }
}

}  // namespace gbid::cli
