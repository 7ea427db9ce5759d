// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include "engine/core/error.hpp"
#include "engine/data/idx_file.hpp"
#include "tests/engine/data/idx_bytes.hpp"
#include "tests/temporary_folder.hpp"

using namespace gbid;
using test::gzipped;
using test::idx_bytes;
using Shape = std::vector<std::int64_t>;
using Values = std::vector<std::uint8_t>;

namespace {

const test::TemporaryFolder& folder() {
  static const test::TemporaryFolder made;
  return made;
}

Bytes read(const std::string& content) {
  test::write_file(folder().file("x"), content);
  return read_idx(folder().file("x"));
}

/// What is said after the file's name; "" if it can be read.
std::string error(const std::string& content) {
  const std::string message = test::message_of<DataError>([&] { read(content); });
  if (message.empty()) return message;
  const std::string prefix = folder().file("x") + ": ";
  REQUIRE(message.substr(0, prefix.size()) == prefix);
  return message.substr(prefix.size());
}

}  // namespace

TEST_CASE("idx: bytes come out in order, plain and gzip") {
  const std::string data{'\0', '\x01', '\x7F', '\x80', '\xFE', '\xFF'};
  const std::string content = idx_bytes({1, 2, 3}, data);
  for (const std::string& packing : {content, gzipped(content)}) {
    const Bytes bytes = read(packing);
    CHECK(bytes.shape == Shape{1, 2, 3});
    CHECK(bytes.values == Values{0, 1, 127, 128, 254, 255});
  }
  CHECK(read(idx_bytes({6}, data)).shape == Shape{6});
  CHECK(read(idx_bytes({1, 1, 1, 1, 1, 1, 1, 6}, data)).shape.size() == 8);
}

TEST_CASE("idx: lengths are 32 bits, the most significant byte first") {
  const std::string data(0x010203, 'x');
  CHECK(read(std::string("\0\0\x08\x01\x00\x01\x02\x03", 8) + data).shape == Shape{0x010203});
}

TEST_CASE("idx: a file of several megabytes and one of several gzip members") {
  std::string data(5000000, '\0');
  for (std::size_t k = 0; k < data.size(); ++k) data[k] = static_cast<char>(k * k >> 7);
  const std::string content = idx_bytes({5000, 1000}, data);
  const Values expected(data.begin(), data.end());
  CHECK(read(content).values == expected);
  CHECK(read(gzipped(content)).values == expected);
  CHECK(read(gzipped(content.substr(0, 7)) + gzipped("") + gzipped(content.substr(7))).values ==
        expected);
}

TEST_CASE("idx: every field of the header is looked at") {
  CHECK(error("") == "ends within its header: expected 4 bytes of type and axes, got 0");
  CHECK(error(idx_bytes({2, 3}, "").substr(0, 9)) ==
        "ends within its header: expected 8 bytes of lengths, got 5");
  const std::string foreign = "is not an IDX file: expected 00 00 08 and the number of axes, got ";
  CHECK(error("\x93NUMPY") == foreign + "93 4e 55 4d");
  CHECK(error(std::string("\0\1\x08\1", 4)) == foreign + "00 01 08 01");
  CHECK(error(std::string("\0\0\x0A\1", 4)) == foreign + "00 00 0a 01");
  CHECK(error(idx_bytes({2}, "ab", '\x09')) ==
        "expected unsigned bytes (type 08), got signed bytes (type 09)");
  CHECK(error(idx_bytes({1}, "ab", '\x0B')) ==
        "expected unsigned bytes (type 08), got 16-bit integers (type 0b)");
  CHECK(error(idx_bytes({1}, "abcd", '\x0C')) ==
        "expected unsigned bytes (type 08), got 32-bit integers (type 0c)");
  CHECK(error(idx_bytes({1}, "abcd", '\x0D')) ==
        "expected unsigned bytes (type 08), got 32-bit floats (type 0d)");
  CHECK(error(idx_bytes({1}, "abcdefgh", '\x0E')) ==
        "expected unsigned bytes (type 08), got 64-bit floats (type 0e)");
  CHECK(error(idx_bytes({}, "a")) == "expected 1 to 8 axes, got 0");
  CHECK(error(idx_bytes(std::vector<std::uint32_t>(9, 1), "a")) == "expected 1 to 8 axes, got 9");
  CHECK(error(idx_bytes({3, 0}, "")) ==
        "its shape (3, 0) is empty, expected lengths of at least 1");
}

TEST_CASE("idx: the bytes must be exactly as many as the lengths call for") {
  CHECK(error(idx_bytes({2, 2}, "abc")) == "its shape (2, 2) needs 4 bytes, but it holds 3");
  CHECK(error(idx_bytes({2, 2}, "")) == "its shape (2, 2) needs 4 bytes, but it holds 0");
  CHECK(error(idx_bytes({2, 2}, "abcde")) == "its shape (2, 2) needs 4 bytes, but it holds more");
  CHECK(error(gzipped(idx_bytes({2, 2}, "abc"))) ==
        "its shape (2, 2) needs 4 bytes, but it holds 3");
  CHECK(error(gzipped(idx_bytes({2, 2}, "abcde"))) ==
        "its shape (2, 2) needs 4 bytes, but it holds more");
  CHECK(error(gzipped(idx_bytes({4}, "abcd")) + gzipped("e")) ==
        "its shape (4) needs 4 bytes, but it holds more");
}

TEST_CASE("idx: sizes that cannot be are refused before memory is taken") {
  CHECK(error(idx_bytes({1u << 20, 1u << 20}, "ab")) ==
        "its shape (1048576, 1048576) needs 1099511627776 bytes, expected at most 2147483648");
  CHECK(error(idx_bytes({0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, "ab")).find("is too large") !=
        std::string::npos);
  CHECK(error(idx_bytes({1u << 31}, "ab")) ==
        "its shape (2147483648) needs 2147483648 bytes, but it holds 2");
  // 64 MB in 64 KB; whatever stands behind the four bytes is never unpacked.
  CHECK(error(gzipped(idx_bytes({2, 2}, std::string(64000000, '\0')))) ==
        "its shape (2, 2) needs 4 bytes, but it holds more");
}

TEST_CASE("idx: gzip that is cut, changed or followed by something is refused") {
  std::string data(300, '\0');
  for (std::size_t k = 0; k < data.size(); ++k) data[k] = static_cast<char>(k * k * k >> 3);
  const std::string whole = gzipped(idx_bytes({300}, data));
  REQUIRE(error(whole) == "");
  for (std::size_t length = 0; length < whole.size(); ++length)
    REQUIRE(error(whole.substr(0, length)) != "");
  CHECK(error(whole.substr(0, whole.size() - 1)) ==
        "ends within its gzip data, expected it to go on after " +
            std::to_string(whole.size() - 1) + " bytes");
  // Not the first ten bytes, which also hold the time and the system. The bits that fill up a byte
  // of deflate are nobody's: changing one of them, at most 14, changes nothing.
  int idle_bits = 0;
  const Values expected(data.begin(), data.end());
  for (std::size_t k = 10; k < whole.size(); ++k)
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = whole;
      changed[k] = static_cast<char>(changed[k] ^ 1 << bit);
      if (!error(changed).empty()) continue;
      ++idle_bits;
      REQUIRE(read(changed).values == expected);
    }
  CHECK(idle_bits <= 14);
  std::string checksum = whole;
  checksum[whole.size() - 8] = static_cast<char>(checksum[whole.size() - 8] ^ 1);
  CHECK(error(checksum).find("its gzip data are damaged: incorrect data check near byte ") == 0);
  CHECK(error(whole + "more") == "expected nothing after its gzip data, got 4 bytes more");
}

TEST_CASE("idx: a missing file is missing, a folder is no file") {
  CHECK_THROWS_AS(read_idx(folder().file("none")), MissingInputError);
  CHECK_THROWS_AS(read_idx("/dev/zero"), DataError);
  CHECK_THROWS_AS(read_idx(folder().file("")), DataError);
}
