// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <cstring>
#include <random>

#include "engine/core/crc32c.hpp"
#include "engine/core/error.hpp"
#include "engine/record/checkpoint.hpp"
#include "tests/temporary_folder.hpp"

using namespace gbid;

namespace {

const std::string kOwn(64, 'a');

Checkpoint checkpoint(std::int64_t step) {
  return {kOwn,
          3,
          1,
          8,
          step,
          {step / 10, 0},
          "the state after " + std::to_string(step),
          {0.5, static_cast<double>(step)}};
}

void write(CheckpointFolder& folder, const Checkpoint& kept) {
  folder.write([&] { return kept; });
}

}  // namespace

TEST_CASE("checkpoint: the last two of a simulation are found, newest first") {
  const test::TemporaryFolder temporary;
  CheckpointFolder folder(temporary.file("c"));
  CHECK(folder.read(kOwn, 3, 1, 8).empty());
  CHECK_FALSE(folder.has(3, 1, 8));
  for (const std::int64_t step : {10, 20, 30}) write(folder, checkpoint(step));
  CHECK(folder.read(kOwn, 3, 1, 8) == std::vector<Checkpoint>{checkpoint(30), checkpoint(20)});
  CHECK(folder.has(3, 1, 8));
  CHECK(folder.read(kOwn, 3, 1, 9).empty());
  CHECK(folder.read(std::string(64, 'b'), 3, 1, 8).empty());
  Checkpoint other = checkpoint(5);
  other.first_trial = 9;
  write(folder, other);
  CHECK(folder.read_all(kOwn).size() == 2);
  folder.remove(3, 1, 8);
  CHECK(folder.read_all(kOwn) == std::vector<std::vector<Checkpoint>>{{other}});
  test::write_file(temporary.file("c/checkpoint-3-1-8.new"), "of a killed process");
  folder.remove_all();
  CHECK(temporary.entry_count() == 0);
}

TEST_CASE("checkpoint: whatever byte is damaged, or wherever it is cut, the one before serves") {
  const test::TemporaryFolder temporary;
  CheckpointFolder folder(temporary.file("c"));
  write(folder, checkpoint(10));
  write(folder, checkpoint(20));
  const std::string path = temporary.file("c/checkpoint-3-1-8");
  const std::string bytes = test::read_file(path);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    test::write_file(path, damaged);
    REQUIRE(folder.read(kOwn, 3, 1, 8) == std::vector<Checkpoint>{checkpoint(10)});
    test::write_file(path, bytes.substr(0, at));
    REQUIRE(folder.read(kOwn, 3, 1, 8) == std::vector<Checkpoint>{checkpoint(10)});
  }
  test::write_file(path, bytes + "more");
  CHECK(folder.read(kOwn, 3, 1, 8) == std::vector<Checkpoint>{checkpoint(10)});
  // A kill between the two renames leaves the one before alone.
  ::unlink(path.c_str());
  CHECK(folder.read_all(kOwn) == std::vector<std::vector<Checkpoint>>{{checkpoint(10)}});
}

TEST_CASE("checkpoint: one of a newer format is refused, not passed over") {
  const test::TemporaryFolder temporary;
  CheckpointFolder folder(temporary.file("c"));
  write(folder, checkpoint(10));
  const std::string path = temporary.file("c/checkpoint-3-1-8");
  std::string bytes = test::read_file(path);
  bytes[8] = 2;
  const std::uint32_t crc = crc32c(std::as_bytes(std::span(bytes)).first(140));
  std::memcpy(bytes.data() + 140, &crc, sizeof crc);
  test::write_file(path, bytes);
  const std::string message = test::message_of<DataError>([&] { folder.read(kOwn, 3, 1, 8); });
  CHECK(message.find(path + ": checkpoint format 2") == 0);
}
