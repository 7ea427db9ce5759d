// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>

#include <atomic>
#include <chrono>
#include <set>
#include <stdexcept>
#include <thread>

#include "engine/stepping/job_runner.hpp"
#include "engine/stepping/team.hpp"

using namespace gbid;
using namespace std::chrono_literals;

namespace {

/// Lets more jobs run at once than there are processors.
struct Threads {
  explicit Threads(std::size_t count)
      : limit(tbb::global_control::max_allowed_parallelism, count + 1) {}
  tbb::global_control limit;
};

}  // namespace

TEST_CASE("jobs: as many at once as there are threads and memory") {
  const Threads threads(4);
  JobRunner runner(4, 100.0);
  std::atomic<bool> go = false;
  std::atomic<int> running = 0, most = 0, done = 0;
  const auto job = [&] {
    most = std::max<int>(most, ++running);
    while (!go) std::this_thread::sleep_for(1ms);
    --running;
    ++done;
  };
  runner.start(40.0, job);
  runner.start(40.0, job);
  CHECK_FALSE(runner.has_room(40.0));
  CHECK(runner.has_room(20.0));
  runner.start(20.0, job);
  CHECK(runner.has_free_thread());
  runner.start(0.0, job);
  CHECK_FALSE(runner.has_free_thread());
  CHECK_FALSE(runner.is_idle());
  while (running < 4) std::this_thread::sleep_for(1ms);  // hangs if they are not side by side
  go = true;
  runner.finish();
  CHECK(done == 4);
  CHECK(most == 4);
  CHECK(runner.is_idle());
  CHECK(runner.has_room(100.0));
}

TEST_CASE("jobs: a failure is told at the end, and the others still run") {
  const Threads threads(2);
  JobRunner runner(2, 1.0);
  std::atomic<int> done = 0;
  runner.start(0.0, [] { throw std::runtime_error("it broke"); });
  runner.start(0.0, [&] { ++done; });
  CHECK_THROWS_WITH(runner.finish(), "it broke");
  CHECK(done == 1);
  CHECK_NOTHROW(runner.finish());  // once
}

TEST_CASE("jobs: threads without a job help inside of a large one") {
  const Threads threads(3);
  JobRunner runner(3, 1.0);
  std::mutex mutex;
  std::set<std::thread::id> helpers;
  const auto note = [&] {
    const std::lock_guard lock(mutex);
    helpers.insert(std::this_thread::get_id());
    return helpers.size();
  };
  // Every piece waits for a second thread, until there is one; far beyond any scheduling delay, in vain.
  const auto patience = std::chrono::steady_clock::now() + 60s;
  runner.start(0.0, [&] {
    tbb::parallel_for(0, 300, [&](int) {
      while (note() < 2 && std::chrono::steady_clock::now() < patience)
        std::this_thread::sleep_for(1ms);
    });
  });
  runner.finish();
  CHECK(helpers.size() > 1);
}

TEST_CASE("jobs: waiting ends when a job does, or when patience does") {
  const Threads threads(2);
  JobRunner runner(2, 1.0);
  runner.wait(1us);  // nothing runs: patience
  runner.start(0.0, [] {});
  runner.wait();  // hangs unless the end of the job wakes it
  runner.finish();
}

TEST_CASE("team: the largest that fits comes first, but nobody is overtaken for ever") {
  SoloTeam team(200);
  const auto not_the_first = [](std::size_t job) { return job != 0; };
  CHECK(team.take(not_the_first) == 1);
  int taken = 1;
  while (team.take(not_the_first)) ++taken;
  CHECK(taken == 64);  // then its turn is kept for it
  CHECK(team.take([](std::size_t) { return true; }) == 0);
  CHECK(team.take(not_the_first) == 65);
  while (team.take([](std::size_t) { return true; })) ++taken;
  CHECK(team.is_drained());
  CHECK(taken == 198);  // and two that were taken by hand
}
