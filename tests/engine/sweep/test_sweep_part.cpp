// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "engine/core/error.hpp"
#include "engine/sweep/part.hpp"
#include "engine/sweep/work_folder.hpp"
#include "tests/temporary_folder.hpp"

using namespace gbid;
using gbid::test::TemporaryFolder;

namespace {

const std::string kPrint(64, 'a');

UnitResult result(std::int64_t point, std::int64_t trial, std::vector<double> trajectory,
                  std::string message = "") {
  UnitResult out;
  out.unit = {point, 1, trial};
  out.outcome = {message.empty() ? TrialStatus::kCompleted : TrialStatus::kFailed, 7, message};
  out.seconds = 0.5;
  out.trajectory = std::move(trajectory);
  out.final_values = {9.0};
  return out;
}

std::vector<char> bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_bytes(const std::string& path, const std::vector<char>& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

TEST_CASE("parts: what is appended is found again") {
  const TemporaryFolder folder;
  const std::string place = folder.file("");
  PartWriter part(place, kPrint);
  part.append(std::vector<UnitResult>{result(3, 0, {1.0, 2.0}), result(3, 1, {}, "it broke")});
  part.append(std::vector<UnitResult>{result(4, 0, {3.0})});
  CHECK(Parts({place}, kPrint).live() == 1);
  part.close();
  const Parts parts({place}, kPrint);
  CHECK(parts.live() == 0);
  CHECK(parts.size() == 3);
  CHECK(parts.dropped_bytes() == 0);
  const StoredUnit* found = parts.find({3, 1, 0});
  REQUIRE(found);
  CHECK(std::vector<double>(found->trajectory.begin(), found->trajectory.end()) ==
        std::vector<double>{1.0, 2.0});
  CHECK(found->final_values.front() == 9.0);
  CHECK(found->status == TrialStatus::kCompleted);
  CHECK(found->steps_done == 7);
  CHECK(found->seconds == 0.5);
  REQUIRE(parts.find({3, 1, 1}));
  CHECK(parts.find({3, 1, 1})->message == "it broke");
  CHECK(parts.find({3, 0, 0}) == nullptr);
}

TEST_CASE("parts: several processes have a file each") {
  const TemporaryFolder folder;
  const std::string place = folder.file("");
  PartWriter first(place, kPrint), second(place, kPrint);
  first.append(std::vector<UnitResult>{result(1, 0, {1.0})});
  second.append(std::vector<UnitResult>{result(2, 0, {2.0})});
  const Parts parts({place}, kPrint);
  CHECK(parts.size() == 2);
  CHECK(parts.live() == 2);
  CHECK(part_files(place).size() == 2);
}

TEST_CASE("parts: cut off anywhere, the whole results before the cut remain") {
  const TemporaryFolder folder;
  const std::string place = folder.file("");
  std::vector<std::size_t> ends;
  {
    PartWriter part(place, kPrint);
    for (int k = 0; k < 4; ++k) {
      part.append(
          std::vector<UnitResult>{result(k, 0, std::vector<double>(3, k), k == 2 ? "odd" : "")});
      ends.push_back(std::filesystem::file_size(part_files(place).front()));
    }
    part.close();
  }
  const std::string path = part_files(place).front();
  const std::vector<char> all = bytes_of(path);
  for (std::size_t length = 0; length <= all.size(); ++length) {
    write_bytes(path, {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(length)});
    const auto whole =
        std::count_if(ends.begin(), ends.end(), [&](std::size_t end) { return end <= length; });
    REQUIRE(Parts({place}, kPrint).size() == whole);
  }
}

TEST_CASE("parts: a flipped bit ends a part, wherever it is") {
  const TemporaryFolder folder;
  const std::string place = folder.file("");
  {
    PartWriter part(place, kPrint);
    part.append(std::vector<UnitResult>{result(0, 0, {1.0}), result(1, 0, {2.0})});
    part.close();
  }
  const std::string path = part_files(place).front();
  const std::vector<char> all = bytes_of(path);
  constexpr std::size_t kHeader = 88;
  for (std::size_t at = kHeader; at < all.size(); ++at) {
    std::vector<char> damaged = all;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    write_bytes(path, damaged);
    REQUIRE(Parts({place}, kPrint).size() < 2);
  }
  std::vector<char> damaged = all;
  damaged[20] = 'x';
  write_bytes(path, damaged);
  CHECK_THROWS_AS(Parts({place}, kPrint), DataError);
}

TEST_CASE("parts: those of another sweep are refused") {
  const TemporaryFolder folder;
  const std::string place = folder.file("");
  PartWriter(place, kPrint).close();
  CHECK_THROWS_WITH_AS(Parts({place}, std::string(64, 'b')), doctest::Contains("another sweep"),
                       DataError);
}

TEST_CASE("work folder: an order survives its file") {
  const TemporaryFolder folder;
  const WorkFolder work(folder.file("out.h5.sweep"));
  CHECK_FALSE(work.exists());
  SweepOrder order;
  order.scenario_text = "title = \"a\\\"b\"\n# comment\n[market]\n";
  order.name = "s.toml";
  order.directory = "/tmp";
  order.overrides = {"a=\"x\"", "b=[1, 2]"};
  order.options = {"--set a=\"x\"", "--set b=[1, 2]"};
  order.grid.axes = {{"k.l", {"1", "\"w\""}, "--over k.l=1,w"}, {"m", {"0.5"}, "s.toml:3:4"}};
  order.grid.is_zipped = true;
  order.grid.seeds = SweepSeeds::kCommon;
  order.command_line = "gbid sweep s.toml";
  order.fingerprint = kPrint;
  work.create(order);
  REQUIRE(work.exists());
  const SweepOrder again = work.order();
  CHECK(to_toml(again) == to_toml(order));
  CHECK(again.scenario_text == order.scenario_text);
  CHECK(again.grid.axes[0].values == order.grid.axes[0].values);
  // Who comes second finds the first one's.
  SweepOrder other = order;
  other.name = "other.toml";
  work.create(other);
  CHECK(work.order().name == "s.toml");
  work.remove();
  CHECK_FALSE(std::filesystem::exists(work.path()));
}

TEST_CASE("work folder: a damaged order is refused") {
  for (const char* text : {"", "x", "keys = [\"a\"]\noverrides = [\"a=1\"]\n"})
    CHECK_THROWS_AS(order_from_toml(text, "sweep.toml"), DataError);
}
