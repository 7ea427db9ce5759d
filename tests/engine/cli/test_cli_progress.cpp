// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/cli/progress.hpp"

using namespace gbid::cli;

namespace {

/// Collects what a Progress writes, from whichever thread.
class Sink {
 public:
  std::function<void(std::string_view)> writer() {
    return [this](std::string_view text) {
      const std::lock_guard lock(mutex_);
      text_ += text;
    };
  }
  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }
  /// Waits until the text holds the part; false after ten seconds, far beyond any scheduling delay.
  bool comes(const std::string& part) {
    for (int i = 0; i < 10000; ++i) {
      if (text().find(part) != std::string::npos) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }

 private:
  std::mutex mutex_;
  std::string text_;
};

ProgressConfig config_for(Sink& sink, bool is_terminal) {
  ProgressConfig config;
  config.label = "run";
  config.total = 100;
  config.is_terminal = is_terminal;
  config.paint = Paint(false);
  config.redraw_s = 0.001;
  config.report_s = 0.001;
  config.write = sink.writer();
  return config;
}

}  // namespace

TEST_CASE("numbers: three digits and a prefix") {
  CHECK(human_number(0.0) == "0");
  CHECK(human_number(0.25) == "0.25");
  CHECK(human_number(950.0) == "950");
  CHECK(human_number(999.7) == "1 k");
  CHECK(human_number(12500.0) == "12.5 k");
  CHECK(human_number(1.25e6) == "1.25 M");
  CHECK(human_number(3e9) == "3 G");
  CHECK(human_number(5e15) == "5000 T");
}

TEST_CASE("numbers: groups of three digits") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(-1234567) == "-1,234,567");
}

TEST_CASE("times: two units, rounded up") {
  CHECK(human_time(0.0) == "0 s");
  CHECK(human_time(41.2) == "42 s");
  CHECK(human_time(59.5) == "1 min 00 s");
  CHECK(human_time(185.0) == "3 min 05 s");
  CHECK(human_time(7500.0) == "2 h 05 min");
  CHECK(human_time(86400.0 * 3 + 3600.0 * 4) == "3 d 04 h");
  CHECK(human_time(1e300).ends_with(" h"));
}

TEST_CASE("line: fraction, count, rate and time left") {
  CHECK(progress_line({"competitive", "steps", 420, 1000, 2.0}, 80) ==
        "competitive  42%  420 of 1,000 steps  2 steps/s  4 min 50 s left");
}

TEST_CASE("line: no rate yet, no total, too many steps, no label") {
  CHECK(progress_line({"run", "steps", 0, 1000, 0.0}, 80) == "run  0%  0 of 1,000 steps");
  CHECK(progress_line({"run", "trials", 1500, 0, 10.0}, 80) == "run  1,500 trials  10 trials/s");
  CHECK(progress_line({"", "steps", 12, 10, 0.0}, 80) == "100%  10 of 10 steps");
}

TEST_CASE("line: 100% only when everything is done") {
  CHECK(progress_line({"", "steps", 9999, 10000, 0.0}, 80) == "99%  9,999 of 10,000 steps");
}

TEST_CASE("line: cut to the terminal, never inside a letter") {
  CHECK(progress_line({"run", "steps", 0, 1000, 0.0}, 6) == "run  0");
  CHECK(progress_line({"\xC3\xA9\xC3\xA9", "steps", 0, 0, 0.0}, 1) == "\xC3\xA9");
}

TEST_CASE("terminal: one line is rewritten in place and wiped at the end") {
  Sink sink;
  {
    Progress progress(config_for(sink, true));
    progress.add(50);
    REQUIRE(sink.comes("\rrun  50%  50 of 100 steps"));
  }
  const std::string text = sink.text();
  CHECK(text.find('\n') == std::string::npos);
  CHECK(text.ends_with("\r\x1b[K"));
}

TEST_CASE("elsewhere: plain lines without control characters") {
  Sink sink;
  {
    Progress progress(config_for(sink, false));
    progress.add(50);
    REQUIRE(sink.comes("run  50%  50 of 100 steps"));
  }
  CHECK(sink.text().find('\r') == std::string::npos);
  CHECK(sink.text().find('\x1b') == std::string::npos);
  CHECK(sink.text().ends_with('\n'));
}

TEST_CASE("elsewhere: a run shorter than the interval prints nothing") {
  Sink sink;
  ProgressConfig config = config_for(sink, false);
  config.report_s = 30.0;
  const auto start = std::chrono::steady_clock::now();
  {
    Progress progress(config);
    progress.add(100);
  }
  CHECK(sink.text().empty());
  // The end does not wait for the interval.
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
}

TEST_CASE("quiet: nothing but messages") {
  Sink sink;
  ProgressConfig config = config_for(sink, true);
  config.is_quiet = true;
  {
    Progress progress(config);
    progress.add(50);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    CHECK(sink.text().empty());
    progress.message("warning");
  }
  CHECK(sink.text() == "warning\n");
}

TEST_CASE("message: stands on a line of its own above the progress line") {
  Sink sink;
  Progress progress(config_for(sink, true));
  REQUIRE(sink.comes("run"));
  progress.message("trial 3 failed");
  progress.set_label("next");
  REQUIRE(sink.comes("\rnext"));
  progress.finish();
  CHECK(sink.text().find("\r\x1b[Ktrial 3 failed\n\r") != std::string::npos);
}

TEST_CASE(
    "count: additions from several threads are all counted; a resumed run starts where it was") {
  Sink sink;
  ProgressConfig config = config_for(sink, true);
  config.already = 10;
  Progress progress(config);
  std::vector<std::thread> workers;
  for (int w = 0; w < 4; ++w)
    workers.emplace_back([&] {
      for (int i = 0; i < 10000; ++i) progress.add();
    });
  for (std::thread& worker : workers) worker.join();
  CHECK(progress.done() == 40010);
}

TEST_CASE("finish: twice does no harm") {
  Sink sink;
  Progress progress(config_for(sink, true));
  progress.finish();
  const std::string text = sink.text();
  progress.finish();
  CHECK(sink.text() == text);
}
