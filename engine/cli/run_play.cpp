// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include "engine/cli/run_play.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "engine/cli/message.hpp"
#include "engine/cli/output.hpp"
#include "engine/cli/progress.hpp"
#include "engine/cli/resources.hpp"
#include "engine/cli/session.hpp"
#include "engine/cli/terminal.hpp"
#include "engine/config/difference.hpp"
#include "engine/core/posix_file.hpp"
#include "engine/core/sha256.hpp"
#include "engine/core/version.hpp"
#include "engine/record/run_reader.hpp"
#include "engine/text/duration.hpp"
#include "engine/text/text_table.hpp"
#include "engine/text/utf8.hpp"
#include "scenarios/play/play.hpp"
#include "scenarios/play/run_device.hpp"

namespace gbid::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kWatch_s = 1.0;  // between two looks at the journal

/// Welfare of every regime as far as it is recorded, mean over trials, as a curve in one line:
/// "coordinated ▁▅▇█ -0.2275". Empty while there is none.
std::string drawn_welfare(const std::string& journal_file) try {
  constexpr std::size_t kCurve = 24;
  const JournalReader journal(journal_file);
  std::string text;
  for (std::size_t k = 0; k < journal.layout().regimes.size(); ++k) {
    const Array welfare = journal.values(k, "welfare");  // (trial, record)
    if (welfare.shape.size() != 2 || welfare.shape[1] == 0) continue;
    const auto records = static_cast<std::size_t>(welfare.shape[1]);
    std::vector<double> means;
    for (std::size_t record = 0; record < records; ++record) {
      double sum = 0.0, count = 0.0;
      for (std::size_t at = record; at < welfare.values.size(); at += records)
        if (!std::isnan(welfare.values[at])) sum += welfare.values[at], count += 1.0;
      if (count > 0.0) means.push_back(sum / count);
    }
    if (means.empty()) continue;
    text += fmt::format("{}{} {} {}", text.empty() ? "" : "  ",
                        printable(journal.layout().regimes[k].name), sparkline(means, kCurve),
                        four_digits(means.back()));
  }
  return text;
} catch (const Error&) {
  return "";  // the first record is being written
}

/// Trials that have ended, and all.
std::pair<std::int64_t, std::int64_t> ended_trials(const JournalReader& journal) {
  std::int64_t ended = 0, all = 0;
  for (std::size_t regime = 0; regime < journal.layout().regimes.size(); ++regime)
    for (std::int64_t trial = 0; trial < journal.layout().trials; ++trial, ++all)
      ended += journal.is_whole(regime, trial);
  return {ended, all};
}

std::string digest_of(const std::string& path) {
  std::error_code none;
  if (!fs::is_regular_file(path, none)) return "";
  const MappedFile file(path);
  return sha256_hex({reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()});
}

/// The scenario as one that is played at other intervals, which change no number, and on any device:
/// checkpoints of one go on on the other, to rounding.
std::string without_interval(const Scenario& scenario) {
  ScenarioConfig config = scenario.config();
  config.record.checkpoint = RecordConfig().checkpoint;
  config.device = ScenarioConfig().device;
  config.device_fallback = ScenarioConfig().device_fallback;
  return scenario_schema().to_toml(config);
}

void refuse_changes(const std::string& journal, const std::vector<std::string>& changes) {
  constexpr std::size_t kMostLines = 20;
  if (changes.empty()) return;
  std::string text = fmt::format("{}: another scenario than that of the unfinished run:", journal);
  for (std::size_t k = 0; k < std::min(changes.size(), kMostLines); ++k)
    text += "\n  " + changes[k];
  if (changes.size() > kMostLines)
    text += fmt::format("\n  and {} more", changes.size() - kMostLines);
  throw UsageError(text);
}

/// Files whose content is not what the run began with.
std::vector<std::string> changed_inputs(const RunLayout& layout) {
  std::vector<std::string> changes;
  for (const auto& [path, digest] : layout.inputs) {
    const std::string now = digest_of(path);
    if (now != digest)
      changes.push_back(fmt::format("{}: {}", path,
                                    now.empty() ? "is not there now" : "has another content now"));
  }
  return changes;
}

/// The file under the name of a run that goes on may be replaced if it is what that run wrote when
/// it was stopped.
bool is_of_run(const std::string& out, const std::string& scenario_sha256) {
  try {
    return RunReader(out).info().scenario_sha256 == scenario_sha256;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

void add_play_options(Options& options) {
  options.integer("threads", "threads to use; default: all. Results do not depend on it")
      .text("device",
            "what computes the steps: cpu, cuda, cuda:K or auto; default: as the scenario says, or "
            "cpu. Results agree to rounding")
      .text("max-time",
            "stop in order after so long, such as 3h50m: the run can be resumed (exit code 75)")
      .flag("force", "replace an existing file; an unfinished run only together with --discard")
      .flag("quiet", "no progress and no table")
      .flag("watch", "draw welfare while it is played, mean over trials, beside the progress")
      .flag("json", "print the result as JSON");
}

Device chosen_device(const Options& options, const Scenario& scenario, const std::string& name) {
  const std::string asked =
      options.has("device") ? options.get<std::string>("device") : scenario.config().device;
  std::string why;
  const Device device = device_of_run(scenario, name, asked, thread_count(options), why);
  if (!options.has("quiet") && !why.empty()) tell("gbid: played on the CPU: {}\n", why);
  return device;
}

void refuse_unfinished_run(const std::string& out, bool discards) {
  const std::string path = journal_path(out);
  if (fs::exists(path) && is_locked(path))
    throw IoError(path + ": another run is writing it", ExitCode::kCannotCreate);
  if (discards || JournalReader::is_failed_start(path)) return;
  std::string done = "damaged at its head";
  try {
    const JournalReader journal(path);
    if (journal.is_empty()) return;
    const auto [ended, all] = ended_trials(journal);
    done = fmt::format("{} of {} trials have ended", ended, all);
  } catch (const DataError&) {
  }
  throw IoError(fmt::format("{}: belongs to an unfinished run, {}; `gbid resume {}` goes on, `gbid "
                            "recover {}` publishes what it holds, --discard starts over",
                            path, done, out, out),
                ExitCode::kCannotCreate);
}

RunLayout layout_of_run(const Scenario& scenario, const std::string& directory) {
  RunLayout layout = scenario.layout();
  layout.command_line = command_line();
  layout.created = creation_time();
  layout.directory = fs::absolute(directory.empty() ? "." : directory).lexically_normal().string();
  for (const std::string& input : scenario.inputs()) {
    const std::string path = fs::absolute(input).lexically_normal().string();
    if (const std::string digest = digest_of(path); !digest.empty()) layout.inputs[path] = digest;
  }
  return layout;
}

void print_end(const Options& options, const std::string& out) {
  if (options.has("json")) {
    print_report(out, true);
  } else if (!options.has("quiet")) {
    print_report(out, false);
    tell("wrote {}\n", out);
  }
}

ExitCode play_and_publish(const Options& options, const RunToPlay& run, Journal journal) {
  keep_freed_memory();
  const int threads = thread_count(options);
  std::atomic<bool>& stop_requested = stop_on_signals();
  const Deadline deadline(max_time(options), stop_requested);
  CheckpointFolder checkpoints(checkpoint_path(run.out));
  if (run.before == nullptr) checkpoints.remove_all();  // of a run that was given up

  // 1. Play into the journal.
  PlayResult played;
  {
    const ThreadLimits limits(threads, 1);
    ProgressConfig config;
    config.label = run.label;
    config.total = static_cast<std::int64_t>(run.scenario.estimate(threads).steps);
    config.is_quiet = options.has("quiet");
    if (options.has("watch")) {
      config.sample = [&] { return ProgressSample{-1, drawn_welfare(journal_path(run.out))}; };
      config.redraw_s = kWatch_s;
    }
    Progress progress(std::move(config));
    played = play(run.scenario, journal,
                  {threads, run.device, &checkpoints,
                   run.scenario.config().record.checkpoint_interval(), run.before},
                  stop_requested, progress.counter());
  }
  journal.close();

  // 2. Publish, then show. What was stopped can go on.
  const ThreadLimits limits(threads);
  const PublishReport report = publish_run(run.out, run.out, run.replaces, played.stopped > 0);
  if (!report.is_journal_kept) checkpoints.remove_all();
  for (const std::string& failure : played.failures) tell("gbid: failed: {}\n", failure);
  if (!run.is_looked_at || played.stopped > 0) print_end(options, run.out);
  if (played.stopped > 0) {
    tell(
        "gbid: stopped early; {} holds the finished part and is marked partial; `gbid "
        "resume {}` goes on\n",
        run.out, run.out);
    return ExitCode::kStopped;
  }
  return played.failed > 0 ? ExitCode::kSomeFailed : ExitCode::kOk;
}

ExitCode resume_run(const Options& options, const std::string& out, const Scenario* given,
                    bool is_looked_at) {
  // 1. The run that it was. From here on no other process writes its journal.
  const std::string path = journal_path(out);
  if (JournalReader::is_failed_start(path))
    throw MissingInputError(fmt::format(
        "{}: nothing to resume: {}", out,
        fs::exists(path) ? path + " holds no run" : fmt::format("there is no {}", path)));
  Journal journal = Journal::reopen(path);
  const JournalReader before(path);
  const RunLayout& layout = before.layout();
  const Scenario scenario =
      Scenario::load(config::Document::from_text(layout.scenario_toml, path, layout.directory));

  // 2. It must be the same one.
  if (given != nullptr)
    refuse_changes(path, config::differences(without_interval(scenario), without_interval(*given)));
  refuse_changes(path, changed_inputs(layout));
  if (scenario.resolved() != layout.scenario_toml || scenario.layout().regimes != layout.regimes)
    throw UsageError(fmt::format(
        "{}: this version of gbid plays its scenario otherwise than gbid {} ({}), which began it",
        path, layout.version, layout.build));
  if (layout.version != version() || layout.build != build_description())
    tell("gbid: the run was begun by gbid {} ({}); numbers may differ in their last digits\n",
         layout.version, layout.build);
  const bool is_own = fs::exists(out) && is_of_run(out, before.scenario_sha256());
  check_output(out, options.has("force") || is_own, path, scenario.inputs());
  return play_and_publish(
      options,
      {scenario, out, fs::path(out).stem().string(), chosen_device(options, scenario, path),
       options.has("force") || is_own, &before, is_looked_at},
      std::move(journal));
}

}  // namespace gbid::cli
