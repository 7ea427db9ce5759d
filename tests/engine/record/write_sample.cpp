// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
// Writes the sample run for the Python tests: gbid_write_sample OUT TRIALS RECORDS AGENTS MODE
// with MODE complete, partial (two trials of the first regime, the second cut short), journal (not
// published) or random (noise instead of formulas; prints the milliseconds that journal and
// publishing took).
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "engine/core/error.hpp"
#include "engine/data/array_file.hpp"
#include "engine/data/idx_file.hpp"
#include "tests/engine/record/sample_run.hpp"

namespace {

using namespace gbid;
using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

void write_noise(Journal& journal) {
  const RunLayout& run = journal.layout();
  std::mt19937_64 generator(1);
  std::normal_distribution<double> normal;
  for (std::size_t regime = 0; regime < run.regimes.size(); ++regime) {
    const auto width = static_cast<std::size_t>(trajectory_width(run.regimes[regime]));
    for (std::int64_t trial = 0; trial < run.trials; ++trial) {
      std::vector<double> state(width);
      for (std::size_t r = 0; r < run.regimes[regime].steps.size(); ++r) {
        for (double& x : state) x += normal(generator);
        journal.append_trajectory(regime, trial, static_cast<std::int64_t>(r), 1, state);
      }
      journal.append_final(regime, trial, sample::final_values(run, regime, trial));
      journal.append_outcome(regime, trial, {TrialStatus::kSettled, 1, ""});
    }
  }
}

void print_array(const Array& array) {
  for (const std::int64_t length : array.shape)
    std::printf("%lld ", static_cast<long long>(length));
  std::printf("|");
  for (const double value : array.values) std::printf(" %.17g", value);
}

int run(int argument_count, char** arguments) {
  if (argument_count >= 3 && std::string(arguments[1]) == "read") {
    print_array(read_array(arguments[2], argument_count > 3 ? arguments[3] : ""));
    return 0;
  }
  if (argument_count == 3 && std::string(arguments[1]) == "read-idx") {
    const Bytes bytes = read_idx(arguments[2]);
    print_array({bytes.shape, {bytes.values.begin(), bytes.values.end()}});
    return 0;
  }
  if (argument_count != 6) return 64;
  const std::string out = arguments[1], mode = arguments[5];
  const sample::Size size{std::atoll(arguments[2]), std::atoll(arguments[3]),
                          std::atoll(arguments[4])};
  std::signal(SIGXFSZ, SIG_IGN);
  const auto start = Clock::now();
  Journal journal = Journal::create(journal_path(out), sample::layout(size), {.replace = true});
  if (mode == "partial") {
    sample::write_trial(journal, 0, 0, size.records - 1);
    journal.append_trajectory(0, 1, 0, 1, sample::records(journal.layout(), 0, 1, 0, 1));
  } else if (mode == "random") {
    write_noise(journal);
  } else {
    sample::write_all_trials(journal);
  }
  journal.close();
  const double journal_ms = milliseconds_since(start);
  if (mode == "journal") return 0;
  const auto publishing = Clock::now();
  publish(journal_path(out), out, {.force = true, .finish = sample::add_summary});
  if (mode == "random") {
    std::printf("journal %.1f publish %.1f\n", journal_ms, milliseconds_since(publishing));
  }
  return 0;
}

}  // namespace

int main(int argument_count, char** arguments) {
  try {
    return run(argument_count, arguments);
  } catch (const gbid::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return static_cast<int>(error.code());
  }
}
