// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "engine/core/crc32c.hpp"
#include "engine/core/sha256.hpp"

using namespace gbid;

TEST_CASE("CRC-32C: the check value of the catalogue, by both paths") {
  const std::string text = "123456789";
  const auto bytes = std::as_bytes(std::span(text));
  CHECK(crc32c(bytes) == 0xE3069283);
  CHECK(crc32c_by_table(bytes) == 0xE3069283);
  CHECK(crc32c({}) == 0);
}

TEST_CASE("CRC-32C: 32 zeros, as in RFC 3720") {
  const std::vector<std::byte> zeros(32);
  CHECK(crc32c(zeros) == 0x8A9136AA);
}

TEST_CASE("CRC-32C: instruction and table agree on every length and alignment") {
  std::vector<std::byte> bytes(300);
  for (std::size_t k = 0; k < bytes.size(); ++k) bytes[k] = static_cast<std::byte>(k * 151 + 7);
  for (std::size_t first = 0; first < 9; ++first) {
    for (std::size_t length = 0; first + length <= bytes.size(); ++length) {
      const auto part = std::span<const std::byte>(bytes).subspan(first, length);
      REQUIRE(crc32c(part) == crc32c_by_table(part));
    }
  }
}

TEST_CASE("SHA-256: the vectors of FIPS 180-2") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}
