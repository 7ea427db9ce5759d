// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstring>
#include <fstream>
#include <numeric>
#include <random>
#include <thread>

#include "engine/core/error.hpp"
#include "engine/record/hdf5_read.hpp"
#include "engine/record/journal_format.hpp"
#include "engine/record/run_reader.hpp"
#include "engine/record/tiles.hpp"
#include "tests/engine/record/sample_run.hpp"
#include "tests/temporary_folder.hpp"

using namespace gbid;
using test::message_of;
using Shape = std::vector<std::int64_t>;

// HDF5 never lets go of a file that it could not finish; the test of the full disk makes some on
// purpose.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libhdf5"; }

namespace {

void write_journal(const std::string& path, const sample::Size& size) {
  Journal journal = Journal::create(path, sample::layout(size), {.replace = true});
  sample::write_all_trials(journal);
  journal.close();
}

// Every number of the sample in a published file.
void check_values(const std::string& path, const sample::Size& size) {
  const RunReader run(path);
  for (std::size_t regime = 0; regime < 2; ++regime) {
    const std::string name = run.regimes().at(regime);
    const Array welfare = run.read(name, "welfare");
    const Array payoff = run.read(name, "payoff");
    const Array weights = run.read(name, "weights");
    REQUIRE(welfare.shape == Shape{size.trials, size.records});
    REQUIRE(payoff.shape == Shape{size.trials, size.records, size.agents});
    REQUIRE(weights.shape == Shape{size.trials, size.agents, size.agents});
    const RunLayout layout = sample::layout(size);
    std::size_t w = 0, p = 0, f = 0;
    bool is_equal = true;
    for (std::int64_t trial = 0; trial < size.trials; ++trial) {
      for (std::int64_t r = 0; r < size.records; ++r) {
        is_equal = is_equal && welfare.values[w++] == sample::value(regime, trial, r, 0);
        for (std::int64_t k = 0; k < size.agents; ++k) {
          is_equal = is_equal && payoff.values[p++] == sample::value(regime, trial, r, k + 1);
        }
      }
      std::vector<double> final = sample::final_values(layout, regime, trial);
      CHECK(run.read_trial(name, "score", trial).values == std::vector<double>{final.back()});
      final.pop_back();
      for (const double value : final) is_equal = is_equal && weights.values[f++] == value;
    }
    CHECK(is_equal);
  }
}

}  // namespace

TEST_CASE("publish: the reader finds what was appended, attributes and outcomes included") {
  const test::TemporaryFolder folder;
  const std::string out = folder.file("out.h5");
  write_journal(journal_path(out), {});
  const PublishReport report = publish(journal_path(out), out, {.finish = sample::add_summary});
  CHECK(report.is_complete);
  CHECK(folder.entry_count() == 1);  // neither journal nor temporary file
  check_values(out, {});

  const RunReader run(out);
  CHECK(run.info().status == "complete");
  CHECK(run.info().seed == 0xFEDCBA9876543210);
  CHECK(run.info().title == sample::layout({}).title);
  CHECK(run.info().created == "2024-01-02T03:04:05Z");
  CHECK(run.scenario_toml() == sample::layout({}).scenario_toml);
  CHECK(run.regimes() == std::vector<std::string>{"competitive", "coordinated"});
  CHECK(run.has_group("summary"));
  const StoredGroup group = run.group("competitive");
  CHECK(group.trials == 3);
  CHECK(group.steps == Shape{0, 10, 20, 30, 37});
  CHECK(group.dimensions == sample::layout({}).regimes[0].dimensions);
  CHECK(group.attributes == sample::layout({}).regimes[0].attributes);
  REQUIRE(group.variables.size() == 4);
  CHECK(group.variables[1].name == "payoff");
  CHECK(group.variables[1].dimensions == std::vector<std::string>{"trial", "step", "agent"});
  CHECK(group.variables[1].long_name == "payoff per agent");
  const std::vector<Outcome> outcomes = run.outcomes("coordinated");
  CHECK(outcomes[0] == Outcome{TrialStatus::kCompleted, 50, ""});
  CHECK(outcomes[1] == Outcome{TrialStatus::kFailed, 50, "agent 3: overflow \xE2\x86\x91"});
  CHECK(run.read("summary", "mean").values == std::vector<double>{0.5});
  CHECK(run.read_trial("competitive", "payoff", 2).shape == Shape{5, 4});
}

TEST_CASE("publish: tiles of every kind keep every value in its place") {
  for (const sample::Size& size :
       {sample::Size{1, 1, 1}, sample::Size{2, 700, 300}, sample::Size{1, 3, 700},
        sample::Size{5000, 1, 2}, sample::Size{2, 40000, 1}}) {
    CAPTURE(size.trials);
    CAPTURE(size.agents);
    const test::TemporaryFolder folder;
    const std::string out = folder.file("out.h5");
    write_journal(journal_path(out), size);
    publish(journal_path(out), out, {});
    check_values(out, size);
  }
}

TEST_CASE("publish: four threads in disorder give the bytes of one thread in order") {
  const test::TemporaryFolder folder;
  const sample::Size size{20, 30, 6};
  const std::string serial = folder.file("serial.h5"), parallel = folder.file("parallel.h5");
  write_journal(journal_path(serial), size);
  publish(journal_path(serial), serial, {.finish = sample::add_summary});

  Journal journal = Journal::create(journal_path(parallel), sample::layout(size));
  // Each item is a block of records, a final or an outcome; shuffled, then taken by whoever is
  // free.
  std::vector<std::array<std::int64_t, 3>> items;
  for (std::int64_t regime = 0; regime < 2; ++regime) {
    for (std::int64_t trial = 0; trial < size.trials; ++trial) {
      for (std::int64_t part = 0; part < 12; ++part) items.push_back({regime, trial, part});
    }
  }
  std::shuffle(items.begin(), items.end(), std::mt19937(3));
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t k = next++; k < items.size(); k = next++) {
      const auto [r, trial, part] = items[k];
      const auto regime = static_cast<std::size_t>(r);
      if (part < 10) {
        journal.append_trajectory(regime, trial, 3 * part, 3,
                                  sample::records(journal.layout(), regime, trial, 3 * part, 3));
      } else if (part == 10) {
        journal.append_final(regime, trial, sample::final_values(journal.layout(), regime, trial));
      } else {
        const bool is_failed = regime == 1 && trial == 1;
        journal.append_outcome(regime, trial,
                               {is_failed ? TrialStatus::kFailed : TrialStatus::kCompleted, 300,
                                is_failed ? "agent 3: overflow \xE2\x86\x91" : ""});
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int k = 0; k < 4; ++k) threads.emplace_back(work);
  }
  journal.close();
  publish(journal_path(parallel), parallel, {.finish = sample::add_summary});
  CHECK(test::read_file(serial) == test::read_file(parallel));
}

TEST_CASE("publish: a file made in memory and one made on disk hold the same") {
  const test::TemporaryFolder folder;
  const sample::Size size{3, 50, 8};
  const std::string out = folder.file("out.h5");
  write_journal(journal_path(out), size);
  publish(journal_path(out), out, {.memory_limit_bytes = 0});
  check_values(out, size);
}

TEST_CASE("publish: a file in memory may become larger than it was expected to") {
  h5::initialise();
  const test::TemporaryFolder folder;
  std::vector<double> values(600000);  // 4.8 MB, three steps of growth
  std::iota(values.begin(), values.end(), 0.0);
  const Shape shape{static_cast<std::int64_t>(values.size())};
  for (const std::size_t expected : {std::size_t{0}, std::size_t{3} << 20, std::size_t{1} << 30}) {
    CAPTURE(expected);
    h5::FileImage image(expected);
    h5::Id file = h5::create_file(image);
    for (const char* name : {"first", "second"}) {
      const h5::Id dataset =
          h5::create_dataset(file.get(), name, h5::Type::kFloat64, shape, {}, {});
      h5::write_dataset(dataset.get(), h5::Type::kFloat64, values.data());
    }
    image.close(file);
    const std::string path = folder.file("image.h5");
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(image.bytes().data()),
               static_cast<std::streamsize>(image.bytes().size()));
    const h5::Id again = h5::open_file(path);
    for (const char* name : {"first", "second"})
      CHECK(h5::read_numbers(h5::open_dataset(again.get(), name, path).get(), path).values ==
            values);
  }
}

TEST_CASE("publish: a stopped run leaves a partial file, its steps cut to the longest trial") {
  const test::TemporaryFolder folder;
  const std::string out = folder.file("out.h5");
  {
    Journal journal = Journal::create(journal_path(out), sample::layout({}));
    sample::write_trial(journal, 0, 0, 3);
    journal.append_trajectory(0, 1, 0, 1, sample::records(journal.layout(), 0, 1, 0, 1));
  }  // no close: as if killed
  CHECK_FALSE(publish(journal_path(out), out, {}).is_complete);
  const RunReader run(out);
  CHECK(run.info().status == "partial");
  CHECK(run.group("competitive").steps == Shape{0, 10, 20});
  CHECK(run.group("coordinated").steps == Shape{0});
  const Array welfare = run.read("competitive", "welfare");
  REQUIRE(welfare.shape == Shape{3, 3});
  CHECK(welfare.values[2] == sample::value(0, 0, 2, 0));
  CHECK(welfare.values[3] == sample::value(0, 1, 0, 0));
  CHECK(std::isnan(welfare.values[4]));
  CHECK(std::isnan(welfare.values[6]));
  const std::vector<Outcome> outcomes = run.outcomes("competitive");
  CHECK(outcomes[0].status == TrialStatus::kCompleted);
  CHECK(outcomes[1].status == TrialStatus::kStopped);
  CHECK(outcomes[2].status == TrialStatus::kNotStarted);
}

TEST_CASE("publish: a damaged journal is kept, and all that is whole is published") {
  const test::TemporaryFolder folder;
  const std::string out = folder.file("out.h5");
  write_journal(journal_path(out), {});
  std::string bytes = test::read_file(journal_path(out));
  const std::string mark(reinterpret_cast<const char*>(&journal_format::kRecordMagic), 4);
  const std::size_t first = bytes.find(mark);
  bytes[first + 70] = static_cast<char>(bytes[first + 70] ^ 4);  // a value of the first record
  test::write_file(journal_path(out), bytes);
  const PublishReport report = publish(journal_path(out), out, {});
  CHECK_FALSE(report.is_complete);
  CHECK(report.is_journal_kept);
  CHECK(report.dropped_bytes == 64 + 40);
  CHECK(report.losses == std::vector<Loss>{{0, 0, false, 0, 0}});
  CHECK(test::read_file(journal_path(out)) == bytes);
  const Array welfare = RunReader(out).read("competitive", "welfare");
  CHECK(std::isnan(welfare.values[0]));
  CHECK(std::count_if(welfare.values.begin(), welfare.values.end(),
                      [](double x) { return std::isnan(x); }) == 1);
}

TEST_CASE("publish: what killed processes left of a file goes, what is being written stays") {
  const test::TemporaryFolder folder;
  const std::string out = folder.file("out.h5");
  write_journal(journal_path(out), {});
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  test::write_file(out + ".tmp." + std::to_string(child), "half a file");
  test::write_file(out + ".tmp." + std::to_string(::getppid()), "of a live process");
  test::write_file(out + ".tmp.txt", "of the user");
  publish(journal_path(out), out, {});
  CHECK(folder.entry_count() == 3);
  check_values(out, {});
}

TEST_CASE("publish: an existing file is refused without force and replaced with it") {
  const test::TemporaryFolder folder;
  const std::string out = folder.file("out.h5");
  test::write_file(out, "precious");
  write_journal(journal_path(out), {});
  const auto refuse = [&] { publish(journal_path(out), out, {}); };
  CHECK(message_of<IoError>(refuse) == out + ": exists already");
  CHECK(test::read_file(out) == "precious");
  publish(journal_path(out), out, {.force = true});
  check_values(out, {});
}

TEST_CASE("publish: while the run goes on it needs keep_journal, and then sees what is synced") {
  const test::TemporaryFolder folder;
  const std::string out = folder.file("out.h5");
  Journal journal = Journal::create(journal_path(out), sample::layout({}));
  sample::write_trial(journal, 0, 0, 5);
  journal.sync();
  CHECK_THROWS_AS(publish(journal_path(out), out, {}), IoError);
  publish(journal_path(out), out, {.keep_journal = true});
  CHECK(RunReader(out).info().status == "partial");
  sample::write_all_trials(journal);
  journal.close();
  publish(journal_path(out), out, {.force = true});
  check_values(out, {});
}

TEST_CASE("publish: an error in finish leaves the journal and no file") {
  const test::TemporaryFolder folder;
  const std::string out = folder.file("out.h5");
  write_journal(journal_path(out), {});
  const auto break_it = [](PublishedFile& file) {
    const double one = 1.0;
    file.add_group("summary").write({.name = "x", .long_name = "x"}, {"trial"}, {&one, 1});
  };
  CHECK_THROWS_AS(publish(journal_path(out), out, {.finish = break_it}), Error);
  CHECK(folder.entry_count() == 1);
  publish(journal_path(out), out, {});
  check_values(out, {});
}

TEST_CASE("publish: on a full disk it says why, leaves no file and keeps the journal") {
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  for (const std::int64_t memory_limit : {std::int64_t{1} << 28, std::int64_t{0}}) {
    for (rlim_t size = 1; size < 50000; size += 6007) {
      CAPTURE(memory_limit);
      CAPTURE(size);
      const test::TemporaryFolder folder;
      const std::string out = folder.file("out.h5");
      write_journal(journal_path(out), {3, 400, 8});
      const rlimit limit{size, before.rlim_max};
      REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
      const std::string message = message_of<IoError>(
          [&] { publish(journal_path(out), out, {.memory_limit_bytes = memory_limit}); });
      REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
      CHECK(message.find("File too large") != std::string::npos);
      CHECK(message.find(out) == 0);
      CHECK(message.find("(the run is kept in " + journal_path(out) + ")") != std::string::npos);
      CHECK(folder.entry_count() == 1);
      publish(journal_path(out), out, {});
      check_values(out, {3, 400, 8});
    }
  }
}

TEST_CASE("reader: truncated and foreign files are refused with their name") {
  const test::TemporaryFolder folder;
  const std::string out = folder.file("out.h5"), cut = folder.file("cut.h5");
  CHECK_THROWS_AS(RunReader{folder.file("nothing.h5")}, MissingInputError);
  write_journal(journal_path(out), {});
  publish(journal_path(out), out, {});
  const std::string bytes = test::read_file(out);
  for (std::size_t part = 0; part < 20; ++part) {
    test::write_file(cut, bytes.substr(0, bytes.size() * part / 20));
    const std::string message = message_of<DataError>([&] { RunReader run(cut); });
    REQUIRE(message.find(cut) == 0);
  }
  const RunReader run(out);
  CHECK(message_of<DataError>([&] { run.read("competitive", "nobody"); }) ==
        out + ": /competitive/nobody: not found in the file");
  CHECK_THROWS_AS(run.read("competitive", "message"), DataError);
  CHECK_THROWS_AS(run.read_trial("competitive", "welfare", 3), DataError);
}

TEST_CASE("tiles: close to 256 KiB, no longer than their axes, whole trials if those are small") {
  CHECK(tile_shape(Shape{20, 101, 10}) == Shape{20, 101, 10});
  CHECK(tile_shape(Shape{1000, 101, 10}) == Shape{32, 101, 10});
  CHECK(tile_shape(Shape{20, 101, 70}) == Shape{1, 101, 70});
  CHECK(tile_shape(Shape{1, 100000}) == Shape{1, 25000});
  CHECK(tile_shape(Shape{3, 1, 1000, 1000}) == Shape{1, 1, 167, 167});
  CHECK(tile_length(3) == 3);
  CHECK(tile_length(5000) == 4096);
}

TEST_CASE("chunks: noise is stored as it is, numbers at rest shrink") {
  std::mt19937_64 generator(4);
  std::vector<double> values(4096);
  for (double& value : values) {
    const std::uint64_t bits = generator();
    std::memcpy(&value, &bits, sizeof value);
  }
  const auto pack = [](std::span<const double> numbers, int level) {
    PackedChunk chunk;
    ChunkPacker().pack(numbers, level, chunk);
    return chunk;
  };
  const PackedChunk noise = pack(values, 4);
  CHECK(noise.skipped_filters == 3);
  CHECK(noise.bytes.size() == values.size() * sizeof(double));
  for (std::size_t k = 64; k < values.size(); ++k) values[k] = values[k - 64];
  const PackedChunk rest = pack(values, 4);
  CHECK(rest.skipped_filters == 0);
  CHECK(rest.bytes.size() < 2048);
  PackedChunk again = pack(values, 0);
  CHECK(again.skipped_filters == 0);
  ChunkPacker().pack(values, 4, again);  // into room that was used
  CHECK(std::equal(again.bytes.begin(), again.bytes.end(), rest.bytes.begin(), rest.bytes.end()));
}

TEST_CASE("chunks: what repeats, or has frequent bytes, is deflated whatever surrounds it") {
  std::mt19937_64 generator(5);
  const auto packed_size = [](std::span<const double> numbers) {
    PackedChunk chunk;
    ChunkPacker().pack(numbers, 1, chunk);
    return chunk.bytes.size();
  };
  // 1. Steps of a random walk: six planes of noise, and sign and exponent, which shrink to little.
  std::vector<double> walk(32768);
  double at = 0.0;
  for (double& value : walk) value = at += std::normal_distribution<double>()(generator);
  const std::size_t plain = walk.size() * sizeof(double);
  CHECK(packed_size(walk) < plain * 7 / 8);
  CHECK(packed_size(walk) > plain * 5 / 8);
  // 2. A record of 1000 noisy numbers again and again: no byte is frequent, but all come again.
  for (std::size_t k = 1000; k < walk.size(); ++k) walk[k] = walk[k - 1000];
  CHECK(packed_size(walk) < plain / 10);
  // 3. Every other number is zero, at random.
  for (double& value : walk) value = generator() % 2 == 0 ? 0.0 : std::ldexp(generator(), -60);
  CHECK(packed_size(walk) < plain * 7 / 10);
}
