// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <thread>

#include "engine/core/error.hpp"
#include "engine/record/journal_format.hpp"
#include "engine/record/journal_reader.hpp"
#include "tests/engine/record/sample_run.hpp"
#include "tests/temporary_folder.hpp"

using namespace gbid;
using test::message_of;

namespace {

// Where each record of a whole journal begins, and its end; found by lengths alone.
std::vector<std::size_t> record_boundaries(const std::string& bytes) {
  journal_format::FileHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  std::size_t at = sizeof header + (header.layout_length + header.scenario_length + 7) / 8 * 8;
  std::vector<std::size_t> boundaries = {at};
  while (at < bytes.size()) {
    journal_format::RecordHeader record;
    std::memcpy(&record, bytes.data() + at, sizeof record);
    at += sizeof record + record.length;
    boundaries.push_back(at);
  }
  return boundaries;
}

// A journal of one thread: 2 regimes x 3 trials x (5 records, a final, an outcome) in that order.
std::string sample_journal(const test::TemporaryFolder& folder) {
  const std::string path = folder.file("whole.journal");
  Journal journal = Journal::create(path, sample::layout({}), {.replace = true});
  sample::write_all_trials(journal);
  journal.close();
  return path;
}

// How many of the sample's appended records, in their order, a replay holds; -1 if it holds
// anything else.
int replayed_prefix(const std::string& path) {
  const JournalReader journal(path);
  const RunLayout& run = journal.layout();
  int count = 0;
  bool has_ended = false;
  const auto see = [&](bool is_there) {
    if (is_there && has_ended) count = -1000;
    has_ended = has_ended || !is_there;
    count += is_there ? 1 : 0;
  };
  for (std::size_t regime = 0; regime < 2; ++regime) {
    const Array welfare = journal.values(regime, "welfare");
    const Array payoff = journal.values(regime, "payoff");
    const Array score = journal.values(regime, "score");
    for (std::int64_t trial = 0; trial < 3; ++trial) {
      for (std::int64_t r = 0; r < 5; ++r) {
        const auto at = static_cast<std::size_t>(trial * welfare.shape[1] + r);
        const bool is_there = r < welfare.shape[1] && !std::isnan(welfare.values[at]);
        see(is_there);
        if (!is_there) continue;
        if (welfare.values[at] != sample::value(regime, trial, r, 0)) return -1;
        for (std::size_t k = 0; k < 4; ++k) {
          const double expected = sample::value(regime, trial, r, static_cast<std::int64_t>(k) + 1);
          if (payoff.values[at * 4 + k] != expected) return -1;
        }
      }
      const double value = score.values[static_cast<std::size_t>(trial)];
      see(!std::isnan(value));
      if (!std::isnan(value) && value != sample::final_values(run, regime, trial).back()) return -1;
      const TrialStatus status = journal.outcome(regime, trial).status;
      see(status == TrialStatus::kCompleted || status == TrialStatus::kFailed);
    }
  }
  return count;
}

}  // namespace

TEST_CASE("journal: what was appended is replayed, texts of any content included") {
  const test::TemporaryFolder folder;
  const std::string path = sample_journal(folder);
  const JournalReader journal(path);
  RunLayout expected = sample::layout({});
  expected.command_line.replace(expected.command_line.find('\xFF'), 1, "\xEF\xBF\xBD");
  CHECK(journal.layout() == expected);
  CHECK(journal.is_complete());
  CHECK(journal.dropped_bytes() == 0);
  CHECK(journal.outcome(1, 1) ==
        Outcome{TrialStatus::kFailed, 50, "agent 3: overflow \xE2\x86\x91"});
  CHECK(replayed_prefix(path) == 42);
}

TEST_CASE("journal: cut at every record boundary it gives exactly the records before") {
  const test::TemporaryFolder folder;
  const std::string bytes = test::read_file(sample_journal(folder));
  const std::vector<std::size_t> boundaries = record_boundaries(bytes);
  REQUIRE(boundaries.size() == 43);
  const std::string path = folder.file("cut");
  for (std::size_t k = 0; k < boundaries.size(); ++k) {
    test::write_file(path, bytes.substr(0, boundaries[k]));
    REQUIRE(replayed_prefix(path) == static_cast<int>(k));
    REQUIRE(JournalReader(path).dropped_bytes() == 0);
  }
}

TEST_CASE("journal: cut at any byte it gives exactly the whole records before") {
  const test::TemporaryFolder folder;
  const std::string bytes = test::read_file(sample_journal(folder));
  const std::vector<std::size_t> boundaries = record_boundaries(bytes);
  const std::string path = folder.file("cut");
  std::mt19937 generator(1);
  for (int repeat = 0; repeat < 200; ++repeat) {
    const std::size_t length = generator() % bytes.size();
    test::write_file(path, bytes.substr(0, length));
    if (length < boundaries.front()) {
      REQUIRE_THROWS_AS(JournalReader{path}, DataError);
      continue;
    }
    const auto whole = std::upper_bound(boundaries.begin(), boundaries.end(), length);
    REQUIRE(replayed_prefix(path) == whole - boundaries.begin() - 1);
    REQUIRE(JournalReader(path).dropped_bytes() == length - *(whole - 1));
  }
}

TEST_CASE("journal: a flipped bit costs its own record and no other, or refuses the header") {
  const test::TemporaryFolder folder;
  const std::string bytes = test::read_file(sample_journal(folder));
  const std::vector<std::size_t> boundaries = record_boundaries(bytes);
  const std::string path = folder.file("flipped");
  std::mt19937 generator(2);
  for (int repeat = 0; repeat < 300; ++repeat) {
    std::string damaged = bytes;
    const std::size_t at = generator() % bytes.size();
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << generator() % 8));
    test::write_file(path, damaged);
    if (at < boundaries.front()) {
      REQUIRE_THROWS_AS(JournalReader{path}, DataError);
      continue;
    }
    // The k-th record is of regime k / 21, trial k / 7 % 3: five records, the final, the outcome.
    const auto next = std::upper_bound(boundaries.begin(), boundaries.end(), at);
    const auto k = static_cast<std::size_t>(next - boundaries.begin() - 1);
    const std::size_t regime = k / 21, part = k % 7;
    const auto trial = static_cast<std::int64_t>(k / 7 % 3);
    const JournalReader journal(path);
    REQUIRE(journal.dropped_bytes() == *next - *(next - 1));
    REQUIRE(journal.end_of_records() ==
            (next == boundaries.end() - 1 ? *(next - 1) : bytes.size()));
    const std::vector<Loss> losses = journal.losses();
    const TrialStatus status = journal.outcome(regime, trial).status;
    REQUIRE((status == TrialStatus::kStopped) == (part == 6));
    const bool has_failed = status == TrialStatus::kFailed;
    REQUIRE(journal.is_complete() == (part == 5 && has_failed));  // nothing that counts is lost
    if (part < 5) {
      const std::int64_t step = journal.layout().regimes[regime].steps[part];
      REQUIRE(losses == std::vector<Loss>{{regime, trial, false, step, step}});
      REQUIRE(journal.unbroken_records(regime, trial) == static_cast<std::int64_t>(part));
    } else if (part == 5 && !has_failed) {
      REQUIRE(losses == std::vector<Loss>{{regime, trial, true, 0, 0}});
    } else {
      REQUIRE(losses.empty());  // a trial without an outcome counts as stopped
    }
    // All other trials are whole.
    int whole = 0;
    for (std::size_t r = 0; r < 2; ++r)
      for (std::int64_t t = 0; t < 3; ++t) whole += journal.is_whole(r, t);
    REQUIRE(whole == (part == 5 && has_failed ? 6 : 5));
  }
}

TEST_CASE(
    "journal: reopened after a torn end it goes on, and a trial's earlier end counts no more") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("reopened");
  {
    Journal journal = Journal::create(path, sample::layout({}));
    sample::write_trial(journal, 0, 0, 5);
    journal.append_trajectory(0, 1, 0, 2, sample::records(journal.layout(), 0, 1, 0, 2));
    journal.append_final(0, 1, sample::final_values(journal.layout(), 0, 1));
    journal.append_outcome(0, 1, {TrialStatus::kStopped, 10, ""});
    journal.close();
  }
  const std::string whole = test::read_file(path);
  test::write_file(path, whole + std::string(1001, 'x'));
  CHECK(JournalReader(path).dropped_bytes() == 1001);
  {
    Journal journal = Journal::reopen(path);
    CHECK(journal.layout() == JournalReader(path).layout());
    CHECK_THROWS_AS(Journal::reopen(path), IoError);  // in use
    journal.append_reopened(0, 1);
    journal.sync();
    CHECK(JournalReader(path).outcome(0, 1) == Outcome{TrialStatus::kStopped, 10, ""});
    CHECK(std::isnan(JournalReader(path).values(0, "score").values[1]));
    journal.append_trajectory(0, 1, 2, 3, sample::records(journal.layout(), 0, 1, 2, 3));
    journal.append_final(0, 1, sample::final_values(journal.layout(), 0, 1));
    journal.append_outcome(0, 1, {TrialStatus::kCompleted, 50, ""});
    journal.close();
  }
  const JournalReader journal(path);
  CHECK(journal.dropped_bytes() == 0);
  CHECK(journal.is_whole(0, 0));
  CHECK(journal.is_whole(0, 1));
  CHECK_FALSE(journal.is_whole(0, 2));
  CHECK(journal.unbroken_records(0, 1) == 5);
  CHECK_THROWS_AS(Journal::reopen(folder.file("nothing")), MissingInputError);
}

TEST_CASE(
    "journal: one that ends within its header is that of a failed start, one damaged is not") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("start");
  CHECK(JournalReader::is_failed_start(path));
  Journal::create(path, sample::layout({})).close();
  const std::string header = test::read_file(path);
  CHECK_FALSE(JournalReader::is_failed_start(path));
  CHECK(JournalReader(path).is_empty());
  for (const std::size_t length :
       {std::size_t{0}, std::size_t{50}, std::size_t{112}, header.size() - 8}) {
    test::write_file(path, header.substr(0, length));
    CHECK(JournalReader::is_failed_start(path));
  }
  test::write_file(path, std::string(500, '\0'));
  CHECK(JournalReader::is_failed_start(path));
  std::string damaged = test::read_file(sample_journal(folder));
  CHECK_FALSE(JournalReader(folder.file("whole.journal")).is_empty());
  damaged[20] = static_cast<char>(damaged[20] ^ 1);
  test::write_file(path, damaged);
  CHECK_FALSE(JournalReader::is_failed_start(path));
}

TEST_CASE("journal: a record that was moved elsewhere is not a record") {
  const test::TemporaryFolder folder;
  const std::string bytes = test::read_file(sample_journal(folder));
  const std::vector<std::size_t> b = record_boundaries(bytes);
  const std::string path = folder.file("moved");
  test::write_file(path, bytes.substr(0, b[1]) + bytes.substr(b[2]));
  CHECK(replayed_prefix(path) == 1);
}

TEST_CASE("journal: records may be rewritten; the later ones count, in any overlap") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("again");
  Journal journal = Journal::create(path, sample::layout({.agents = 1}));
  const auto append = [&](std::int64_t first, std::int64_t count, double value) {
    const std::vector<double> values(static_cast<std::size_t>(2 * count), value);
    journal.append_trajectory(0, 0, first, count, values);
  };
  append(1, 3, 1.0);  // . 1 1 1 .
  append(0, 2, 2.0);  // 2 2 1 1 .
  append(2, 1, 3.0);  // 2 2 3 1 .
  journal.close();
  const Array welfare = JournalReader(path).values(0, "welfare");
  REQUIRE(welfare.shape == std::vector<std::int64_t>{3, 4});
  CHECK(std::vector<double>(welfare.values.begin(), welfare.values.begin() + 4) ==
        std::vector<double>{2, 2, 3, 1});
}

TEST_CASE("journal: sync returns with everything on disk, before close") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("synced");
  Journal journal = Journal::create(path, sample::layout({}));
  sample::write_all_trials(journal);
  journal.sync();
  CHECK(replayed_prefix(path) == 42);
  journal.close();
}

TEST_CASE("journal: an unfinished one is not overwritten, one in use not even by force") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("kept");
  Journal journal = Journal::create(path, sample::layout({}));
  CHECK_THROWS_AS(Journal::create(path, sample::layout({})), IoError);
  CHECK_THROWS_AS(Journal::create(path, sample::layout({}), {.replace = true}), IoError);
  sample::write_all_trials(journal);
  journal.close();
  CHECK(replayed_prefix(path) == 42);
  CHECK_NOTHROW(Journal::create(path, sample::layout({}), {.replace = true}));
}

TEST_CASE("journal: a full device is told with the system's reason") {
  const auto create = [] { Journal::create("/dev/full", sample::layout({}), {.replace = true}); };
  CHECK(message_of<IoError>(create) == "/dev/full: cannot write: No space left on device");
}

TEST_CASE("journal: one that has no room for its header is not left behind") {
  const test::TemporaryFolder folder;
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit limit{100, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  CHECK_THROWS_AS(Journal::create(folder.file("none"), sample::layout({})), IoError);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  CHECK(folder.entry_count() == 0);
}

TEST_CASE("journal: when the disk fills up, an append says so and what was written is kept") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("limited");
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  Journal journal = Journal::create(path, sample::layout({.records = 1000}));
  const rlimit limit{20000, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  const auto write = [&] {
    for (std::int64_t r = 0; r < 1000; ++r) {
      journal.append_trajectory(0, 0, r, 1, sample::records(journal.layout(), 0, 0, r, 1));
    }
    journal.sync();
  };
  CHECK(message_of<IoError>(write) == path + ": cannot write: File too large");
  CHECK_THROWS_AS(journal.append_final(0, 0, sample::final_values(journal.layout(), 0, 0)),
                  IoError);
  CHECK_THROWS_AS(journal.close(), IoError);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  const JournalReader kept(path);
  const Array welfare = kept.values(0, "welfare");
  CHECK(welfare.shape[1] > 100);  // 20000 bytes hold about 180 records of 104 bytes
  for (std::int64_t r = 0; r < welfare.shape[1]; ++r) {
    REQUIRE(welfare.values[static_cast<std::size_t>(r)] == sample::value(0, 0, r, 0));
  }
}

TEST_CASE("journal: appends that do not fit the layout are refused") {
  const test::TemporaryFolder folder;
  Journal journal = Journal::create(folder.file("strict"), sample::layout({}));
  const std::vector<double> record(5), two(10);
  CHECK_THROWS_AS(journal.append_trajectory(2, 0, 0, 1, record), Error);
  CHECK_THROWS_AS(journal.append_trajectory(0, 3, 0, 1, record), Error);
  CHECK_THROWS_AS(journal.append_trajectory(0, 0, 4, 2, two), Error);
  CHECK_THROWS_AS(journal.append_trajectory(0, 0, 0, 1, two), Error);
  CHECK_THROWS_AS(journal.append_final(0, 0, record), Error);
  journal.close();
  CHECK_THROWS_AS(journal.append_trajectory(0, 0, 0, 1, record), Error);
}

TEST_CASE("layout: names that a file cannot hold and sizes beyond any disk are refused") {
  const auto is_refused = [](auto change) {
    RunLayout run = sample::layout({});
    change(run);
    return !message_of<Error>([&] { check_layout(run); }).empty();
  };
  CHECK_FALSE(is_refused([](RunLayout&) {}));
  CHECK(is_refused([](RunLayout& run) { run.regimes[0].name = "a/b"; }));
  CHECK(is_refused([](RunLayout& run) { run.regimes[0].name = "coordinated"; }));
  CHECK(is_refused([](RunLayout& run) { run.regimes[0].name = "summary"; }));
  CHECK(is_refused([](RunLayout& run) { run.regimes[0].final[0].name = "welfare"; }));
  CHECK(is_refused([](RunLayout& run) { run.regimes[0].final[0].dimensions = {"nobody"}; }));
  CHECK(is_refused([](RunLayout& run) { run.regimes[0].dimensions[0].size = 0; }));
  CHECK(is_refused([](RunLayout& run) { run.regimes[0].dimensions[0].size = 1LL << 58; }));
  CHECK(is_refused([](RunLayout& run) { run.regimes[0].steps = {0, 10, 10}; }));
  CHECK(is_refused([](RunLayout& run) { run.trials = 0; }));
}
